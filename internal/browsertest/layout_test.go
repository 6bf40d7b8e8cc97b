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

// media emulates a media feature.
func media(name, value string) action {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: name, Value: value}},
	})
}

// The smallest phones are 320 pixels wide, and so is a window of 1280 pixels at 400 % zoom.
func TestLayout_fitsSmallScreen(t *testing.T) {
	t.Parallel()
	s := newSite(t, whatspie.WithMaxQRCodes(1))
	p := open(t, s.url(), chromedp.EmulateViewport(320, 568, chromedp.EmulateMobile))
	for _, view := range []string{"code", "failed"} {
		p.waitForView(view)
		s.api.ExpireQR(s.id)
		assert.LessOrEqual(t, js[int](p, "document.documentElement.scrollWidth"), 320, view)
	}
	p.do(chromedp.Click(chromedp.ID("again"), chromedp.NodeVisible))
	p.waitForView("code")
	assert.True(t, js[bool](p, `document.querySelector(".tile").getBoundingClientRect().bottom < innerHeight`),
		"the code is visible without scrolling")
	s.assertShown(p)
	s.api.Scan(s.id)
	p.waitForView("connected")
	assert.LessOrEqual(t, js[int](p, "document.documentElement.scrollWidth"), 320)
	p.assertCleanConsole()
}

func TestLayout_codeStaysBlackOnWhite(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url(), media("prefers-color-scheme", "dark"))
	p.waitForView("code")
	assert.Equal(t, "rgb(15, 20, 18)", js[string](p, "getComputedStyle(document.body).backgroundColor"))
	tile := js[string](p, `getComputedStyle(document.querySelector(".tile")).backgroundColor`)
	assert.Equal(t, "rgb(255, 255, 255)", tile)
	s.assertShown(p)

	p.do(media("prefers-color-scheme", "light"))
	assert.Equal(t, "rgb(243, 245, 243)", js[string](p, "getComputedStyle(document.body).backgroundColor"))
	p.assertCleanConsole()
}

func TestLayout_reducedMotion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url(), media("prefers-reduced-motion", "reduce"))
	p.waitForView("code")
	s.cutConnections()
	p.waitForView("offline")
	assert.Equal(t, 0, js[int](p, "document.getAnimations().length"))
}

// accessibilityTree returns the names of the elements that assistive technology presents, by role.
func accessibilityTree(p *page) map[string][]string {
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
	p.waitForView("code")
	p.waitFor(`document.getElementById("live").textContent === "Scan this code. A new code appears when this one expires."`)

	tree := accessibilityTree(p)
	assert.Equal(t, []string{"Connect WhatsApp", "On the phone"}, tree["heading"])
	assert.Equal(t, []string{"QR code for WhatsApp"}, tree["image"])
	assert.Empty(t, tree["timer"], "the lifetime of the code is unknown")
	assert.Len(t, tree["status"], 1)
	assert.Len(t, tree["listitem"], 4)
	assert.Empty(t, tree["button"])
	assert.Equal(t, "en", js[string](p, "document.documentElement.lang"))

	s.api.ExpireQR(s.id)
	p.waitForView("failed")
	p.waitFor(`document.getElementById("live").textContent.startsWith("No phone was connected in time")`)
	tree = accessibilityTree(p)
	assert.Equal(t, []string{"Try again"}, tree["button"])
	assert.Empty(t, tree["image"])
}

func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url(),
		call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	assert.Contains(t, get(p, chromedp.Text(chromedp.CSS("noscript"))), "needs JavaScript")
	assert.False(t, js[bool](p, `document.querySelector(".tile").checkVisibility()`))
}

// The other tests check for a clean console. This one checks that violations appear there.
func TestContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url())
	p.waitForView("code")
	assert.Empty(t, p.consoleErrors())

	js[bool](p, `document.body.setAttribute("style", "color: red"),
		document.head.append(Object.assign(document.createElement("script"), {textContent: "window.injected = 1"})), true`)

	assert.False(t, js[bool](p, "'injected' in window"))
	require.Eventually(t, func() bool { return len(p.consoleErrors()) >= 2 }, timeout, 50*time.Millisecond)
	for _, entry := range p.consoleErrors() {
		assert.Contains(t, entry, "Content Security Policy")
	}
}

// Markup in a title or a translation is shown as text.
func TestTexts_markupIsEscaped(t *testing.T) {
	t.Parallel()
	const markup = `</script><img src=x onerror="window.injected = 1">"'` + "\u2028"
	s := setup{page: []pairweb.Option{
		pairweb.WithTitle(func(*http.Request) string { return markup }),
		pairweb.WithTexts(map[string]pairweb.Texts{"en": {
			Reconnecting: markup, CodeAlt: markup, Steps: []string{"*" + markup + "*"},
			Scan: pairweb.Notice{Title: markup, Text: markup},
		}}),
	}}.start(t)
	p := open(t, s.url())
	p.waitForView("code")
	assert.Equal(t, markup, p.text("owner"))
	assert.Equal(t, markup, p.text("title"))
	assert.Equal(t, markup, js[string](p, "document.images[0].alt"))
	s.cutConnections()
	p.waitForView("offline")
	assert.Equal(t, markup, p.text("title"))
	assert.Equal(t, 1, js[int](p, "document.images.length"), "only the code")
	assert.False(t, js[bool](p, "'injected' in window"))
	p.assertCleanConsole()
}
