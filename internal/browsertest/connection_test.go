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

func TestCutConnectionGreysTheCodeAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")
	code := p.scan(".tile")
	assert.NotEmpty(t, code)

	s.cut()
	p.sees("offline")
	assert.Empty(t, p.scan(".tile"), "a code that may be dead cannot be scanned")
	assert.Equal(t, "This QR code has expired", js[string](p, "document.images[0].alt"))

	s.down.Store(false)
	p.sees("code")
	assert.Equal(t, code, p.scan(".tile"), "the pairing waited")
	p.clean()
}

// The server's pings stop, and nothing says that the connection is gone.
func TestSilentConnection(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")
	s.mute.Store(true)

	p.sees("offline")
	assert.Empty(t, p.scan(".tile"))

	s.mute.Store(false)
	p.sees("code")
	payload, _ := s.api.QRPayload(s.id)
	assert.Equal(t, payload, p.scan(".tile"))
	p.clean()
}

// A computer that slept for an hour runs no timer: its clock is the first to know.
func TestWakeAfterSleep(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")

	view := js[string](p, `(() => {
		const real = Date.now;
		const slept = 3600 * 1000;
		Date.now = () => real() + slept;
		document.dispatchEvent(new Event("visibilitychange"));
		return document.body.dataset.view;
	})()`)

	assert.Equal(t, "offline", view, "before anything is painted")
	p.sees("code")
	payload, _ := s.api.QRPayload(s.id)
	assert.Equal(t, payload, p.scan(".tile"))
	p.clean()
}

// A clock that is set back must not hide that the connection is silent.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")
	s.mute.Store(true)
	js[bool](p, `(() => { const real = Date.now; Date.now = () => real() - 3600 * 1000; return true; })()`)

	p.sees("offline")
	p.clean()
}

func TestBackFromAnotherPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")
	code := p.scan(".tile")

	p.do(chromedp.Navigate(s.server.URL + "/elsewhere"))
	js[bool](p, "setTimeout(() => history.back()), true") // no load event if the page was kept

	p.sees("code")
	// The page may come from the back/forward cache, where chromedp finds no nodes.
	assert.Equal(t, code, p.read(get(p, chromedp.CaptureScreenshot())))
	p.clean()
}

func TestReloadKeepsTheCode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")
	code := p.scan(".tile")
	p.do(chromedp.Reload())
	p.sees("code")
	assert.Equal(t, code, p.scan(".tile"))
}

// A frozen page is woken by its own event.
func TestFreezeAndResume(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")
	assert.Equal(t, "offline", js[string](p, `document.dispatchEvent(new Event("freeze")), document.body.dataset.view`))
	js[bool](p, `document.dispatchEvent(new Event("resume"))`)
	p.sees("code")
	p.clean()
}

func TestSignedOutMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")
	s.logout.Store(true)
	s.server.CloseClientConnections()

	p.sees("failed")
	assert.Equal(t, "You no longer have access", p.text("title"))
	assert.Empty(t, p.scan(".tile"))

	s.logout.Store(false)
	p.do(chromedp.Click(chromedp.ID("again"), chromedp.NodeVisible))
	p.sees("code")
	p.clean()
}
