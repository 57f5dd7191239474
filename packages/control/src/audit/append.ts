/** The control plane's own events: committed together with the state that they tell of, or not at all. */
