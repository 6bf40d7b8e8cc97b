// Package browsertest drives the pairing page in Chromium, behind routers, middleware and nginx, and checks it with
// axe-core. It also draws the demo's terminal. It is a module of its own, so that the SDK and its examples do not depend on
// any of these. All of it is tests:
//
//	make browser
//
// setup.sh installs what they need: chromium, nginx and zbarimg from Debian, axe-core from npm. A test fails if one of them
// is missing. With -update the tests also write the pictures in docs/images:
//
//	go test -C internal/browsertest -run 'Pictures' . -update
package browsertest
