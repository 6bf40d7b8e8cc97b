package browsertest_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/whatspietest"
)

var linkFault = whatspietest.Fault{
	Path: "/devices/*/qr",
	Body: `{"status":200,"message":"OK","data":{"qr":"https://codes.example.com/1.png"}}`,
}

func TestConnection_cutHidesCode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	code := p.scan(".tile")
	assert.NotEmpty(t, code)

	s.cutConnections()
	p.waitForView("offline")
	assert.Empty(t, p.scan(".tile"), "a possibly expired code cannot be scanned")
	assert.Equal(t, "This QR code has expired", js[string](p, "document.images[0].alt"))

	s.down.Store(false)
	p.waitForView("code")
	assert.Equal(t, code, p.scan(".tile"), "the pairing continues")
	p.assertCleanConsole()
}

// The pings of the server stop without an error.
func TestConnection_silent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	s.mute.Store(true)

	p.waitForView("offline")
	assert.Empty(t, p.scan(".tile"))

	s.mute.Store(false)
	p.waitForView("code")
	s.assertShown(p)
	p.assertCleanConsole()
}

// No timer runs while a computer sleeps, so the page compares clocks.
func TestConnection_wakeAfterSleep(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")

	assert.Equal(t, "offline", p.wakeAfterSleep(), "before the page is painted")
	p.waitForView("code")
	s.assertShown(p)
	p.assertCleanConsole()
}

// The page connects to the shared stream again when it wakes. It must not stay connected twice.
func TestConnection_freezeAfterSleep(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	p.wakeAfterSleep()
	p.waitForView("code")

	js[bool](p, `document.dispatchEvent(new Event("freeze"))`)
	s.waitForNoStreams(t)
	p.assertCleanConsole()
}

// wakeAfterSleep simulates that the computer wakes after an hour. It returns the view that is painted first.
func (p *page) wakeAfterSleep() string {
	p.t.Helper()
	return js[string](p, `(() => {
		const real = Date.now;
		const slept = 3600 * 1000;
		Date.now = () => real() + slept;
		document.dispatchEvent(new Event("visibilitychange"));
		return document.body.dataset.view;
	})()`)
}

// Setting back the clock must not hide a silent connection.
func TestConnection_clockSetBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	s.mute.Store(true)
	js[bool](p, `(() => { const real = Date.now; Date.now = () => real() - 3600 * 1000; return true; })()`)

	p.waitForView("offline")
	p.assertCleanConsole()
}

func TestNavigation_backShowsSameCode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	code := p.scan(".tile")

	p.do(chromedp.Navigate(s.server.URL + "/elsewhere"))
	js[bool](p, "setTimeout(() => history.back()), true") // a page from the back/forward cache has no load event

	p.waitForView("code")
	// chromedp finds no nodes in a page from the back/forward cache.
	assert.Equal(t, code, p.decode(get(p, chromedp.CaptureScreenshot())))
	p.assertCleanConsole()
}

func TestNavigation_reloadShowsSameCode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	code := p.scan(".tile")
	p.do(chromedp.Reload())
	p.waitForView("code")
	assert.Equal(t, code, p.scan(".tile"))
}

// Browsers freeze background tabs.
func TestConnection_freezeAndResume(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	assert.Equal(t, "offline", js[string](p, `document.dispatchEvent(new Event("freeze")), document.body.dataset.view`))
	js[bool](p, `document.dispatchEvent(new Event("resume"))`)
	p.waitForView("code")
	p.assertCleanConsole()
}

func TestConnection_signedOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	s.logout.Store(true)
	s.server.CloseClientConnections()

	p.waitForView("failed")
	assert.Equal(t, "You no longer have access", p.text("title"))
	assert.Empty(t, p.scan(".tile"))

	s.logout.Store(false)
	p.do(chromedp.Click(chromedp.ID("again"), chromedp.NodeVisible))
	p.waitForView("code")
	p.assertCleanConsole()
}
