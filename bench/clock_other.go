//go:build !unix

package main

import "time"

// cpuTime is the wall clock where the time of a process cannot be asked for in the same way.
func cpuTime() time.Duration { return wallTime() }
