// Package browsertest drives the pairing page in Chromium, and shows the demo's terminal in it. It is a module of its own,
// so that the SDK and its examples do without a browser's protocol. All of it is tests:
//
//	go test -C internal/browsertest ./...
//
// They need chromium and zbarimg, both from Debian, and fail where one is missing. With -update they also take the
// pictures in docs/images.
package browsertest
