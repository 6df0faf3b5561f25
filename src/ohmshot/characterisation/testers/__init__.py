"""Files as testers write them, each as sheets: columns of text under the names that the tester gave them."""
