"""Every mail we send: what it says, how it is rendered, how it leaves."""
