package main

func Example_life() {
	main()
	// Output:
	// hero-maker made version 1 of "Spring hero": pending_review
	// an agent cannot approve
	// ana@acme.example approved version 1: approved
	// version 2 arrived: draft
	// landing-pages shows version 1, 640 × 360
	// rolled back as version 3: approved
	// at the end: archived
	// nothing of it is published any more
}
