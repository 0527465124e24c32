"""The fits of one trial as a job, the files it leaves, and what happens when memory runs out."""
