package browsertest_test

import (
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// axeFile is the source of axe-core, which setup.sh installs.
const axeFile = "node_modules/axe-core/axe.min.js"

// violations is a script that returns the violations of WCAG 2.2, levels A and AA.
const violations = `axe.run({
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"],
	})
	.then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join("; ")))`

// longTexts returns texts of about twice the length of the English ones.
func longTexts(word string) pairweb.Texts {
	var texts pairweb.Texts
	fillTexts(reflect.ValueOf(&texts).Elem(), word)
	texts.Steps = []string{
		repeat(word, 30), "*" + repeat(word, 60) + "* " + repeat(word, 60), repeat(word, 40), repeat(word, 60),
	}
	return texts
}

func fillTexts(value reflect.Value, word string) {
	for i := range value.NumField() {
		switch field := value.Field(i); {
		case field.Kind() == reflect.Struct:
			fillTexts(field, word)
		case field.Kind() == reflect.String && value.Type().Field(i).Name == "Text":
			field.SetString(repeat(word, 170))
		case field.Kind() == reflect.String:
			field.SetString(repeat(word, 50))
		}
	}
}

// repeat returns a text of about the given number of letters.
func repeat(word string, letters int) string {
	n := letters / (len([]rune(word)) + 1)
	return strings.TrimSpace(strings.Repeat(word+" ", max(1, n)))
}

// languageSetup adds two languages with long texts to the built-in ones, one of them written from right to left.
func languageSetup() setup {
	return setup{pair: []whatspie.PairOption{whatspie.WithMaxQRCodes(100)}, page: []pairweb.Option{
		pairweb.WithTexts(map[string]pairweb.Texts{"de": longTexts("Verbindungsaufbau"), "he": longTexts("התחברות")}),
		pairweb.WithTitle(func(*http.Request) string { return "Toko Batik Sinar Jaya" }),
		pairweb.WithReturnURL(func(*http.Request) string { return "/elsewhere" }),
	}}
}

// hebrewSetup adds Hebrew texts for a page with a code.
func hebrewSetup() setup {
	return setup{page: []pairweb.Option{pairweb.WithTexts(map[string]pairweb.Texts{"he": {
		Heading:      "חיבור WhatsApp",
		StepsHeading: "בטלפון",
		Steps:        []string{"פתחו את *WhatsApp*", "בתפריט *⋮* או ב*הגדרות*, הקישו על *מכשירים מקושרים*", "הקישו על *קישור מכשיר*", "כוונו את המצלמה אל הקוד"},
		OtherScreen:  "זה הטלפון שברצונכם לחבר? פתחו את הדף הזה במסך אחר.",
		Scan:         pairweb.Notice{Title: "סרקו את הקוד", Text: "קוד חדש יופיע כשתוקף הקוד יפוג."},
	}})}}
}

// states leads a page through its views. enter causes the next one.
var states = []struct {
	name, view string
	ready      string // a condition that is true once the view is complete
	enter      func(*site)
}{
	{"waiting", "waiting", `document.getElementById("text").textContent !== ""`, func(*site) {}},
	{"code", "code", "true", func(s *site) { s.api.ClearFaults() }},
	{"code while requests fail", "code", `/longer|Verb|התח/.test(document.getElementById("text").textContent)`, func(s *site) {
		s.api.Inject(whatspietest.Fault{Path: "/devices/*", Status: http.StatusBadGateway, Times: -1})
	}},
	{"outage", "offline", "true", func(s *site) { s.cutConnections() }},
	{"finishing", "finishing", "true", func(s *site) {
		s.api.ClearFaults()
		s.api.Inject(whatspietest.Fault{Path: "/devices/*/qr", Body: `{"code":200,"message":"Device connected"}`, Times: -1})
		s.api.ExpireQR(s.id)
		s.down.Store(false)
	}},
	{"connected", "connected", "true", func(s *site) { s.api.Scan(s.id) }},
}

// noCodeFault keeps a page waiting.
var noCodeFault = whatspietest.Fault{Path: "/devices/*/qr", Status: http.StatusServiceUnavailable, Times: -1}

// finalStates are states that a page does not leave by itself.
var finalStates = map[string]struct {
	view  string
	ready string
	enter func(*site)
}{
	"suspended": {"failed", "true", func(s *site) { s.api.Suspend(s.id) }},
	"link": {"code", `!document.getElementById("link").hidden`, func(s *site) {
		always := linkFault
		always.Times = -1
		s.api.Inject(always)
		s.api.ExpireQR(s.id)
	}},
	"signed out": {"failed", "true", func(s *site) { s.logout.Store(true); s.server.CloseClientConnections() }},
}

func TestAccessibility(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "de", "he"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := languageSetup().start(t)
			s.api.Inject(noCodeFault)
			p := open(t, s.url()+"?lang="+lang)
			for _, state := range states {
				state.enter(s)
				p.waitForView(state.view)
				p.waitFor(state.ready)
				p.assertAccessible(state.name)
				p.assertFits(state.name)
			}
		})
		for name, state := range finalStates {
			t.Run(lang+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := languageSetup().start(t)
				p := open(t, s.url()+"?lang="+lang)
				p.waitForView("code")
				state.enter(s)
				p.waitForView(state.view)
				p.waitFor(state.ready)
				p.assertAccessible(name)
				p.assertFits(name)
			})
		}
		t.Run(lang+"/denied", func(t *testing.T) {
			t.Parallel()
			s := languageSetup().start(t)
			s.logout.Store(true)
			p := open(t, s.url()+"?lang="+lang)
			p.assertAccessible("denied")
			p.assertFits("denied")
		})
		t.Run(lang+"/without JavaScript", func(t *testing.T) {
			t.Parallel()
			s := withoutScripts(languageSetup()).start(t)
			p := open(t, s.url()+"?lang="+lang)
			js[bool](p, showNoscript)
			p.waitFor(`document.querySelector(".noscript").checkVisibility() &&
				!document.querySelector(".tile").checkVisibility()`)
			p.assertAccessible("without JavaScript")
			p.assertFits("without JavaScript")
		})
	}
}

// withoutScripts makes the site refuse its scripts. A tab with scripting disabled could not run axe-core.
func withoutScripts(in setup) setup {
	in.router = func(page *pairweb.Handler) http.Handler {
		next := stdlib(page)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".js") {
				http.NotFound(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	return in
}

// showNoscript is a script that makes a page look as it does with scripting disabled.
const showNoscript = `(() => {
	for (const element of document.querySelectorAll("noscript")) {
		const content = document.createElement("div");
		content.innerHTML = element.textContent;
		element.replaceWith(content);
	}
	for (const rule of document.styleSheets[0].cssRules) {
		if (rule.conditionText === "(scripting: none)") rule.media.mediaText = "all";
	}
	return true;
})()`

// assertAccessible checks the current page with axe-core. The state is for messages.
func (p *page) assertAccessible(state string) {
	p.t.Helper()
	if !js[bool](p, "'axe' in window") {
		source, err := os.ReadFile(axeFile)
		require.NoError(p.t, err, "run internal/browsertest/setup.sh")
		js[bool](p, string(source)+"\n;true")
	}
	schemes := []string{"light", "dark"}
	if js[string](p, "document.documentElement.lang") != "en" { // the colors are the same in all languages
		schemes = schemes[:1]
	}
	for _, scheme := range schemes {
		p.do(media("prefers-color-scheme", scheme))
		assert.Empty(p.t, awaited[[]string](p, violations), "%s, %s", state, scheme)
	}
}

// assertFits checks that the texts of the page fit on a large and a small screen. The state is for messages.
func (p *page) assertFits(state string) {
	p.t.Helper()
	for _, width := range []int64{320, 1280} {
		p.do(chromedp.EmulateViewport(width, 800))
		assert.LessOrEqual(p.t, js[int64](p, "document.documentElement.scrollWidth"), width, "%s at %d px", state, width)
		assert.Empty(p.t, js[[]string](p, overflowing), "%s at %d px", state, width)
	}
}

// overflowing is a script that returns the elements whose text does not fit.
const overflowing = `[...document.querySelectorAll("h1, h2, p:not(.visually-hidden), li, a, button")]
	.filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
	.map((e) => e.outerHTML)`

func TestScript_translatesTexts(t *testing.T) {
	t.Parallel()
	s := languageSetup().start(t)
	p := open(t, s.url()+"?lang=id")
	p.waitForView("code")
	assert.Equal(t, "id", js[string](p, "document.documentElement.lang"))
	assert.Equal(t, "Pindai kode ini · Hubungkan WhatsApp · Toko Batik Sinar Jaya", js[string](p, "document.title"))
	assert.Equal(t, "Kode QR untuk WhatsApp", js[string](p, "document.images[0].alt"))
	s.cutConnections()
	p.waitForView("offline")
	assert.Equal(t, "Menghubungkan kembali…", p.text("title"))
	assert.Equal(t, "Kode QR ini sudah kedaluwarsa", js[string](p, "document.images[0].alt"))
	s.down.Store(false)
	p.waitForView("code")
	s.logout.Store(true)
	s.server.CloseClientConnections()
	p.waitForView("failed")
	assert.Equal(t, "Anda tidak lagi memiliki akses", p.text("title"))
	p.assertCleanConsole()
}

func TestReturnLink_appearsWhenConnected(t *testing.T) {
	t.Parallel()
	s := languageSetup().start(t)
	p := open(t, s.url())
	p.waitForView("code")
	visible := `document.getElementById("return").checkVisibility()`
	assert.False(t, js[bool](p, visible))
	s.api.Scan(s.id)
	p.waitForView("connected")
	assert.True(t, js[bool](p, visible))
	p.do(chromedp.Click(chromedp.ID("return"), chromedp.NodeVisible))
	p.waitFor(`location.pathname === "/elsewhere"`)
}

// A site may identify its visitors by the query of the page.
func TestQuery_isSentWithEveryRequest(t *testing.T) {
	t.Parallel()
	s := setup{router: func(page *pairweb.Handler) http.Handler {
		next := stdlib(page)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("ticket") != "a/b:c" {
				http.Error(w, "no ticket for "+r.URL.Path, http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
		})
	}}.start(t)
	p := open(t, s.url()+"?ticket=a%2Fb:c&x=%22%3E")
	p.waitForView("code")
	s.api.Suspend(s.id)
	p.waitForView("failed")
	s.api.Disconnect(s.id)
	p.do(chromedp.Click(chromedp.ID("again"), chromedp.NodeVisible))
	p.waitForView("code")
	assert.Empty(t, p.consoleErrors())
}
