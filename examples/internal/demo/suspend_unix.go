//go:build unix

package demo

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// onSuspend calls pause when Ctrl-Z is typed, before the process stops, and resume when the shell continues it.
func onSuspend(pause, resume func()) (stop func()) {
	typed, continued := make(chan os.Signal, 1), make(chan os.Signal, 1)
	done := make(chan struct{})
	var waiting sync.WaitGroup
	signal.Notify(typed, syscall.SIGTSTP)
	signal.Notify(continued, syscall.SIGCONT)
	waiting.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-typed:
				pause()
				select {
				case <-continued: // drain a continue from an earlier stop
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
		signal.Stop(typed)
		signal.Stop(continued)
		close(done)
		waiting.Wait()
	}
}
