//go:build !unix

package demo

// onSuspend does nothing, because only Unix has Ctrl-Z.
func onSuspend(_, _ func()) (stop func()) { return func() {} }
