package browsertest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

func media(name, value string) step {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: name, Value: value}},
	})
}

// The smallest phones in use are 320 pixels wide; so is a large one at 400 % zoom.
func TestSmallScreenDoesNotScrollSideways(t *testing.T) {
	t.Parallel()
	s := newSite(t, whatspie.WithMaxQRCodes(1))
	p := open(t, s.url(), chromedp.EmulateViewport(320, 568, chromedp.EmulateMobile))
	for _, view := range []string{"code", "failed"} {
		p.sees(view)
		s.api.ExpireQR(s.id)
		assert.LessOrEqual(t, js[int](p, "document.documentElement.scrollWidth"), 320, view)
	}
	p.do(chromedp.Click(chromedp.ID("again"), chromedp.NodeVisible))
	p.sees("code")
	assert.True(t, js[bool](p, `document.querySelector(".tile").getBoundingClientRect().bottom < innerHeight`),
		"the whole code is on the first screen")
	payload, _ := s.api.QRPayload(s.id)
	assert.Equal(t, payload, p.scan(".tile"))
	s.api.Scan(s.id)
	p.sees("connected")
	assert.LessOrEqual(t, js[int](p, "document.documentElement.scrollWidth"), 320)
	p.clean()
}

func TestDarkLeavesTheCodeBlackOnWhite(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url(), media("prefers-color-scheme", "dark"))
	p.sees("code")
	assert.Equal(t, "rgb(15, 20, 18)", js[string](p, "getComputedStyle(document.body).backgroundColor"))
	assert.Equal(t, "rgb(255, 255, 255)", js[string](p, `getComputedStyle(document.querySelector(".tile")).backgroundColor`))
	payload, _ := s.api.QRPayload(s.id)
	assert.Equal(t, payload, p.scan(".tile"))

	p.do(media("prefers-color-scheme", "light"))
	assert.Equal(t, "rgb(243, 245, 243)", js[string](p, "getComputedStyle(document.body).backgroundColor"))
	p.clean()
}

func TestReducedMotion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url(), media("prefers-reduced-motion", "reduce"))
	p.sees("code")
	s.cut()
	p.sees("offline")
	assert.Equal(t, 0, js[int](p, "document.getAnimations().length"))
}

// heard is the page as assistive technology has it: role and name of all that is not ignored.
func heard(p *page) map[string][]string {
	p.t.Helper()
	found := map[string][]string{}
	tree := get(p, func(ctx context.Context, target *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
		return cdp.Call(ctx, target, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	})
	for _, node := range tree.Nodes {
		if node.Ignored || node.Role == nil || node.Name == nil {
			continue
		}
		var role, name string
		require.NoError(p.t, json.Unmarshal(node.Role.Value, &role))
		require.NoError(p.t, json.Unmarshal(node.Name.Value, &name))
		found[role] = append(found[role], name)
	}
	return found
}

func TestScreenReader(t *testing.T) {
	t.Parallel()
	s := newSite(t, whatspie.WithMaxQRCodes(1))
	p := open(t, s.url())
	p.sees("code")
	p.until(`document.getElementById("live").textContent === "Scan this code. It is replaced when it expires."`)

	tree := heard(p)
	assert.Equal(t, []string{"Connect WhatsApp", "On the phone"}, tree["heading"])
	assert.Equal(t, []string{"QR code for WhatsApp"}, tree["image"])
	assert.Empty(t, tree["timer"], "nobody knows how long the code lives")
	assert.Len(t, tree["status"], 1)
	assert.Len(t, tree["listitem"], 4)
	assert.Empty(t, tree["button"])
	assert.Equal(t, "en", js[string](p, "document.documentElement.lang"))

	s.api.ExpireQR(s.id)
	p.sees("failed")
	p.until(`document.getElementById("live").textContent.startsWith("No phone was connected in time")`)
	tree = heard(p)
	assert.Equal(t, []string{"Try again"}, tree["button"])
	assert.Empty(t, tree["image"])
}

func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url(), call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	assert.Contains(t, get(p, chromedp.Text(chromedp.CSS("noscript"))), "needs JavaScript")
	assert.False(t, js[bool](p, `document.querySelector(".tile").checkVisibility()`))
}

// The other tests demand a clean console: this one shows that they would see a violation.
func TestPolicyIsInForceAndWatched(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.sees("code")
	assert.Empty(t, p.complained())

	js[bool](p, `document.body.setAttribute("style", "color: red"),
		document.head.append(Object.assign(document.createElement("script"), {textContent: "window.injected = 1"})), true`)

	assert.False(t, js[bool](p, "'injected' in window"))
	require.Eventually(t, func() bool { return len(p.complained()) >= 2 }, patience, 50*time.Millisecond)
	for _, complaint := range p.complained() {
		assert.Contains(t, complaint, "Content Security Policy")
	}
}

// Markup in a customer's name or in a translation is shown, and not run.
func TestHostileWords(t *testing.T) {
	t.Parallel()
	const hostile = `</script><img src=x onerror="window.injected = 1">"'` + "\u2028"
	s := setup{page: []pairweb.Option{
		pairweb.WithTitle(func(*http.Request) string { return hostile }),
		pairweb.WithTexts(map[string]pairweb.Texts{"en": {
			Reconnecting: hostile, CodeAlt: hostile, Steps: []string{"*" + hostile + "*"}, Scan: pairweb.Notice{Title: hostile, Text: hostile},
		}}),
	}}.start(t)
	p := open(t, s.url())
	p.sees("code")
	assert.Equal(t, hostile, p.text("owner"))
	assert.Equal(t, hostile, p.text("title"))
	assert.Equal(t, hostile, js[string](p, "document.images[0].alt"))
	s.cut()
	p.sees("offline")
	assert.Equal(t, hostile, p.text("title"))
	assert.Equal(t, 1, js[int](p, "document.images.length"), "the code")
	assert.False(t, js[bool](p, "'injected' in window"))
	p.clean()
}
