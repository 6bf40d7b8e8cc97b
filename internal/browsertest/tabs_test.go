package browsertest_test

import (
	"fmt"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/stretchr/testify/assert"
)

// A browser has six connections to a site over HTTP/1.1.
const manyTabs = 7

func TestManyTabsShareOneStream(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := open(t, s.url())
	first.sees("code")
	tabs := []*page{first}
	for range manyTabs - 1 {
		tabs = append(tabs, first.another(s.url()))
	}
	for _, tab := range tabs {
		tab.sees("code")
	}
	assert.EqualValues(t, 1, s.streams.Load())
	assert.Equal(t, "elsewhere", resolved[string](first, `fetch("/elsewhere").then((r) => r.text())`), "the site answers other requests")

	tabs[1].close()
	tabs = append(tabs[:1], tabs[2:]...)
	s.cut()
	for _, tab := range tabs {
		tab.sees("offline")
	}
	s.down.Store(false)
	first.sees("code")
	s.api.Scan(s.id)
	for _, tab := range tabs {
		tab.sees("connected")
		tab.clean()
	}
	s.hasStreams(t, 0)

	// A tab that comes later must not be shown what was true then.
	s.api.Disconnect(s.id)
	late := first.another(s.url())
	late.sees("code")
	late.clean()
}

// The button of one tab starts over for all.
func TestTryAgainInOneOfTwoTabs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := open(t, s.url())
	a.sees("code")
	b := a.another(s.url())
	b.sees("code")
	s.api.Suspend(s.id)
	a.sees("failed")
	b.sees("failed")
	late := a.another(s.url())
	late.sees("failed")

	s.api.Disconnect(s.id)
	js[bool](b, `document.getElementById("again").click(), true`)
	for _, tab := range []*page{a, b, late} {
		tab.sees("code")
		tab.clean()
	}
	assert.EqualValues(t, 1, s.streams.Load())
}

// Browsers without SharedWorker have one stream for each tab that is visible.
func TestWithoutSharedWorker(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := open(t, s.url()+"?lang=id", call(cdppage.AddScriptToEvaluateOnNewDocument,
		cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: "delete window.SharedWorker"}))
	p.sees("code")
	assert.Equal(t, "Pindai kode ini", p.text("title"))

	hidden := `Object.defineProperty(document, "hidden", {value: %t, configurable: true}), document.dispatchEvent(new Event("visibilitychange"))`
	js[bool](p, fmt.Sprintf(hidden, true))
	s.hasStreams(t, 0)
	js[bool](p, fmt.Sprintf(hidden, false))
	p.sees("code")
	s.api.Scan(s.id)
	p.sees("connected")
	p.clean()
}
