"""RazorpayX, Razorpay's payouts, over the engine: a product of its own with the keys, the words and the errors of `emulators.razorpay`."""
