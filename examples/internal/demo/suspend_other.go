//go:build !unix

package demo

// onSuspend does nothing: only Unix has Ctrl-Z.
func onSuspend(_, _ func()) (stop func()) { return func() {} }
