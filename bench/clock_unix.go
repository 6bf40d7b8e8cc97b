//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpuTime is how long this process has computed so far. What else the machine does is not in it.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
