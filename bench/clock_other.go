//go:build !unix

package main

import "time"

// cpuTime returns the elapsed time: getrusage exists on Unix only.
func cpuTime() time.Duration { return wallTime() }
