//go:build !unix

package demo

// onSuspend does nothing: there is no Ctrl-Z.
func onSuspend(_, _ func()) (stop func()) { return func() {} }
