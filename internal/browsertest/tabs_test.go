package browsertest_test

import (
	"fmt"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/stretchr/testify/assert"
)

// manyTabs exceeds the six connections that a browser opens to a site over HTTP/1.1.
const manyTabs = 7

func TestTabs_shareOneStream(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := open(t, s.url())
	first.waitForView("code")
	tabs := []*page{first}
	for range manyTabs - 1 {
		tabs = append(tabs, first.openTab(s.url()))
	}
	for _, tab := range tabs {
		tab.waitForView("code")
	}
	assert.EqualValues(t, 1, s.streams.Load())
	other := awaited[string](first, `fetch("/elsewhere").then((r) => r.text())`)
	assert.Equal(t, "elsewhere", other, "the site responds to other requests")

	tabs[1].close()
	tabs = append(tabs[:1], tabs[2:]...)
	s.cutConnections()
	for _, tab := range tabs {
		tab.waitForView("offline")
	}
	s.down.Store(false)
	first.waitForView("code")
	s.api.Scan(s.id)
	for _, tab := range tabs {
		tab.waitForView("connected")
		tab.assertCleanConsole()
	}
	s.waitForNoStreams(t)

	// A new tab must not show an outdated state.
	s.api.Disconnect(s.id)
	late := first.openTab(s.url())
	late.waitForView("code")
	late.assertCleanConsole()
}

// The button in one tab restarts the pairing in all tabs.
func TestTabs_tryAgainInOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := open(t, s.url())
	a.waitForView("code")
	b := a.openTab(s.url())
	b.waitForView("code")
	s.api.Suspend(s.id)
	a.waitForView("failed")
	b.waitForView("failed")
	late := a.openTab(s.url())
	late.waitForView("failed")

	s.api.Disconnect(s.id)
	js[bool](b, `document.getElementById("again").click(), true`)
	for _, tab := range []*page{a, b, late} {
		tab.waitForView("code")
		tab.assertCleanConsole()
	}
	assert.EqualValues(t, 1, s.streams.Load())
}

// Without SharedWorker, each visible tab has its own stream.
func TestTabs_withoutSharedWorker(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url()+"?lang=id", call(cdppage.AddScriptToEvaluateOnNewDocument,
		cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: "delete window.SharedWorker"}))
	p.waitForView("code")
	assert.Equal(t, "Pindai kode ini", p.text("title"))

	hidden := `Object.defineProperty(document, "hidden", {value: %t, configurable: true}),
		document.dispatchEvent(new Event("visibilitychange"))`
	js[bool](p, fmt.Sprintf(hidden, true))
	s.waitForNoStreams(t)
	js[bool](p, fmt.Sprintf(hidden, false))
	p.waitForView("code")
	s.api.Scan(s.id)
	p.waitForView("connected")
	p.assertCleanConsole()
}
