//go:build unix

package demo

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// onSuspend calls pause before Ctrl-Z stops the process, and resume when the shell continues it.
func onSuspend(pause, resume func()) (stop func()) {
	suspended, continued := make(chan os.Signal, 1), make(chan os.Signal, 1)
	done := make(chan struct{})
	var running sync.WaitGroup
	signal.Notify(suspended, syscall.SIGTSTP)
	signal.Notify(continued, syscall.SIGCONT)
	running.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-suspended:
				pause()
				select {
				case <-continued: // discard a signal from an earlier stop
				default:
				}
				_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP) // a process may always stop itself
				select {                                            // the stop may take effect with a delay
				case <-done:
					return
				case <-continued:
					resume()
				}
			}
		}
	})
	return func() {
		signal.Stop(suspended)
		signal.Stop(continued)
		close(done)
		running.Wait()
	}
}
