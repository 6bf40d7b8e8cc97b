package browsertest_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

func TestCodeCanBeScannedAndConnects(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")

	payload, ok := s.api.QRPayload(s.id)
	require.True(t, ok)
	assert.Equal(t, payload, p.scan(".tile"), "what a camera reads is what the API sent")

	require.True(t, s.api.ScanCode(p.scan(".tile")))
	p.sees("connected")
	device, _ := s.api.Device(s.id)
	assert.Equal(t, "Connected", p.text("title"))
	assert.Equal(t, device.Phone, strings.NewReplacer("+", "", " ", "", "-", "").Replace(p.text("text")))
	assert.Empty(t, p.scan(".tile"))
	assert.Equal(t, 0, js[int](p, "document.images.length"), "the code is gone")
	p.until(`document.getElementById("live").textContent === "Connected. ` + p.text("text") + `"`)
	p.clean()
}

func TestCodeIsSwappedWithoutReload(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")
	first := p.scan(".tile")
	js[bool](p, "window.stillTheSamePage = true")
	s.api.ExpireQR(s.id)

	p.until(`document.getElementById("title").textContent === "Scan this new code"`)

	second := p.scan(".tile")
	assert.NotEmpty(t, second)
	assert.NotEqual(t, first, second)
	payload, _ := s.api.QRPayload(s.id)
	assert.Equal(t, payload, second)
	assert.True(t, js[bool](p, "window.stillTheSamePage"))
	assert.NotContains(t, js[string](p, `performance.getEntries().map(e => e.name).join("\n")`), payload[:20])
	p.clean()
}

func TestTabsShareOnePairing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := open(t, s.url())
	a.sees("code")
	b := a.another(s.url())
	b.sees("code")

	assert.Equal(t, a.scan(".tile"), b.scan(".tile"))

	s.api.Scan(s.id)
	a.sees("connected")
	b.sees("connected")
	a.clean()
	b.clean()
}

func TestClosingTheLastTabEndsTheStream(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := open(t, s.url())
	a.sees("code")
	b := a.another(s.url())
	b.sees("code")

	b.close()
	s.api.ExpireQR(s.id)
	a.until(`document.getElementById("title").textContent === "Scan this new code"`)
	assert.EqualValues(t, 1, s.streams.Load(), "one tab is left")

	a.close()
	s.hasStreams(t, 0)
}

func TestExhaustedThenTryAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, whatspie.WithMaxQRCodes(1))
	p := open(t, s.url())
	p.sees("code")
	s.api.ExpireQR(s.id)
	p.sees("failed")
	assert.Equal(t, "No phone was connected in time", p.text("title"))
	s.hasStreams(t, 0)

	p.do(chromedp.Click(chromedp.ID("again"), chromedp.NodeVisible))
	p.sees("code")
	assert.Equal(t, "heading", js[string](p, "document.activeElement.id"), "the button is gone, the focus is not")
	assert.True(t, js[bool](p, `document.getElementById("again").hidden`))

	s.api.Scan(s.id)
	p.sees("connected")
	p.clean()
}

func TestSuspendedDevice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")
	s.api.Suspend(s.id)
	p.sees("failed")

	assert.Equal(t, "This device is suspended", p.text("title"))
	assert.Empty(t, p.scan(".tile"))
	assert.True(t, js[bool](p, `document.getElementById("again").checkVisibility()`))
	p.clean()
}

func TestLinkInPlaceOfACode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.api.Inject(linkFault)
	p := open(t, s.url())
	p.sees("code")

	assert.Equal(t, "https://codes.example.com/1.png", js[string](p, `document.getElementById("link").href`))
	assert.Equal(t, "noopener noreferrer", js[string](p, `document.getElementById("link").rel`))
	assert.True(t, js[bool](p, `document.getElementById("link").checkVisibility()`))

	s.api.ExpireQR(s.id)
	p.until("document.images.length === 1")
	assert.False(t, js[bool](p, `document.getElementById("link").hasAttribute("href")`), "a dead link cannot be opened")
	p.clean()
}
