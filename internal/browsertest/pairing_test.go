package browsertest_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

func TestPairing_scanConnects(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")

	payload, ok := s.api.QRPayload(s.id)
	require.True(t, ok)
	assert.Equal(t, payload, p.scan(".tile"), "the displayed code is that of the API")

	require.True(t, s.api.ScanCode(p.scan(".tile")))
	p.waitForView("connected")
	device, _ := s.api.Device(s.id)
	assert.Equal(t, "Connected", p.text("title"))
	assert.Equal(t, device.Phone, strings.NewReplacer("+", "", " ", "", "-", "").Replace(p.text("text")))
	assert.Empty(t, p.scan(".tile"))
	assert.Equal(t, 0, js[int](p, "document.images.length"), "the code is removed")
	p.waitFor(`document.getElementById("live").textContent === "Connected. ` + p.text("text") + `"`)
	p.assertCleanConsole()
}

func TestPairing_replacesExpiredCode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	first := p.scan(".tile")
	js[bool](p, "window.notReloaded = true")
	s.api.ExpireQR(s.id)

	p.waitFor(`document.getElementById("title").textContent === "Scan this new code"`)

	second := p.scan(".tile")
	assert.NotEmpty(t, second)
	assert.NotEqual(t, first, second)
	payload, _ := s.api.QRPayload(s.id)
	assert.Equal(t, payload, second)
	assert.True(t, js[bool](p, "window.notReloaded"))
	assert.NotContains(t, js[string](p, `performance.getEntries().map(e => e.name).join("\n")`), payload[:20])
	p.assertCleanConsole()
}

func TestPairing_isSharedByTabs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := open(t, s.url())
	a.waitForView("code")
	b := a.openTab(s.url())
	b.waitForView("code")

	assert.Equal(t, a.scan(".tile"), b.scan(".tile"))

	s.api.Scan(s.id)
	a.waitForView("connected")
	b.waitForView("connected")
	a.assertCleanConsole()
	b.assertCleanConsole()
}

func TestPairing_endsWithLastTab(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := open(t, s.url())
	a.waitForView("code")
	b := a.openTab(s.url())
	b.waitForView("code")

	b.close()
	s.api.ExpireQR(s.id)
	a.waitFor(`document.getElementById("title").textContent === "Scan this new code"`)
	assert.EqualValues(t, 1, s.streams.Load(), "one tab is open")

	a.close()
	s.waitForNoStreams(t)
}

func TestPairing_tryAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, whatspie.WithMaxQRCodes(1))
	p := open(t, s.url())
	p.waitForView("code")
	s.api.ExpireQR(s.id)
	p.waitForView("failed")
	assert.Equal(t, "No phone was connected in time", p.text("title"))
	s.waitForNoStreams(t)

	p.do(chromedp.Click(chromedp.ID("again"), chromedp.NodeVisible))
	p.waitForView("code")
	assert.Equal(t, "heading", js[string](p, "document.activeElement.id"), "the focus leaves the hidden button")
	assert.True(t, js[bool](p, `document.getElementById("again").hidden`))

	s.api.Scan(s.id)
	p.waitForView("connected")
	p.assertCleanConsole()
}

func TestPairing_suspendedDevice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	s.api.Suspend(s.id)
	p.waitForView("failed")

	assert.Equal(t, "This device is suspended", p.text("title"))
	assert.Empty(t, p.scan(".tile"))
	assert.True(t, js[bool](p, `document.getElementById("again").checkVisibility()`))
	p.assertCleanConsole()
}

func TestPairing_linkInsteadOfCode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.api.Inject(linkFault)
	p := open(t, s.url())
	p.waitForView("code")

	assert.Equal(t, "https://codes.example.com/1.png", js[string](p, `document.getElementById("link").href`))
	assert.Equal(t, "noopener noreferrer", js[string](p, `document.getElementById("link").rel`))
	assert.True(t, js[bool](p, `document.getElementById("link").checkVisibility()`))

	s.api.ExpireQR(s.id)
	p.waitFor("document.images.length === 1")
	assert.False(t, js[bool](p, `document.getElementById("link").hasAttribute("href")`), "the link has expired")
	p.assertCleanConsole()
}
