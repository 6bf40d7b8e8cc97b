// Package browsertest tests the pairing page in Chromium, behind routers, middleware and nginx, and checks it with
// axe-core. It also draws the terminal output of the demo. It contains only tests, and is a module of its own, so that
// the SDK and its examples do not depend on any of these:
//
//	make browser
//
// setup.sh installs what the tests need: Chromium, nginx and zbarimg from Debian, axe-core from npm. The tests fail if
// one of them is missing. With -update they also write the pictures in docs/images:
//
//	go test -C internal/browsertest -run 'Pictures' . -update
package browsertest
