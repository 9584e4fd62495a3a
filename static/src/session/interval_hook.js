import { onMounted, onWillUnmount } from "@odoo/owl";

/**
 * Do something again and again while a component stands on the page.
 *
 * A component that is given up before it is mounted never unmounts: its interval must not begin.
 */
export function useInterval(work, milliseconds) {
    let interval;
    onMounted(() => (interval = setInterval(work, milliseconds)));
    onWillUnmount(() => clearInterval(interval));
}
