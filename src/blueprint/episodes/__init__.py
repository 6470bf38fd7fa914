"""Episodes: plan and roll out without rendering, record, replay the actions, render what succeeded, in a pool."""
