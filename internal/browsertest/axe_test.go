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

// axe is the source of axe-core, see setup.sh.
const axe = "node_modules/axe-core/axe.min.js"

// violations returns what axe-core finds against WCAG 2.2, levels A and AA.
const violations = `axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]})
	.then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html + " " + n.failureSummary).join("; ")))`

// longTexts have about twice as many letters as the English ones.
func longTexts(word string) pairweb.Texts {
	var texts pairweb.Texts
	fillTexts(reflect.ValueOf(&texts).Elem(), word)
	texts.Steps = []string{repeat(word, 30), "*" + repeat(word, 60) + "* " + repeat(word, 60), repeat(word, 40), repeat(word, 60)}
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

// repeat returns a text of about that many letters.
func repeat(word string, letters int) string {
	n := letters / (len([]rune(word)) + 1)
	return strings.TrimSpace(strings.Repeat(word+" ", max(1, n)))
}

// languageSetup has the built-in languages, a long one, and a long one from right to left.
func languageSetup() setup {
	return setup{pair: []whatspie.PairOption{whatspie.WithMaxQRCodes(100)}, page: []pairweb.Option{
		pairweb.WithTexts(map[string]pairweb.Texts{"de": longTexts("Verbindungsaufbau"), "he": longTexts("התחברות")}),
		pairweb.WithTitle(func(*http.Request) string { return "Toko Batik Sinar Jaya" }),
		pairweb.WithReturnURL(func(*http.Request) string { return "/elsewhere" }),
	}}
}

// hebrewSetup has a translation of what is seen with a code.
func hebrewSetup() setup {
	return setup{page: []pairweb.Option{pairweb.WithTexts(map[string]pairweb.Texts{"he": {
		Heading:      "חיבור WhatsApp",
		StepsHeading: "בטלפון",
		Steps:        []string{"פתחו את *WhatsApp*", "בתפריט *⋮* או ב*הגדרות*, הקישו על *מכשירים מקושרים*", "הקישו על *קישור מכשיר*", "כוונו את המצלמה אל הקוד"},
		OtherScreen:  "זה הטלפון שברצונכם לחבר? פתחו את הדף הזה במסך אחר.",
		Scan:         pairweb.Notice{Title: "סרקו את הקוד", Text: "הקוד מוחלף לפני שיפוג תוקפו."},
	}})}}
}

// states leads a page through what it can show, in the order of the names.
var states = []struct {
	name, view string
	until      string // true once the page shows all of it
	reach      func(*site)
}{
	{"waiting", "waiting", `document.getElementById("text").textContent !== ""`, func(*site) {}},
	{"code", "code", "true", func(s *site) { s.api.ClearFaults() }},
	{"code while requests fail", "code", `/longer|Verb|התח/.test(document.getElementById("text").textContent)`, func(s *site) {
		s.api.Inject(whatspietest.Fault{Path: "/devices/*", Status: http.StatusBadGateway, Times: -1})
	}},
	{"outage", "offline", "true", func(s *site) { s.cut() }},
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

// ends are states that a page does not leave by itself.
var ends = map[string]struct {
	view  string
	until string
	reach func(*site)
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
				state.reach(s)
				p.sees(state.view)
				p.until(state.until)
				p.isAccessible(state.name)
				p.fits(state.name)
			}
		})
		for name, end := range ends {
			t.Run(lang+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := languageSetup().start(t)
				p := open(t, s.url()+"?lang="+lang)
				p.sees("code")
				end.reach(s)
				p.sees(end.view)
				p.until(end.until)
				p.isAccessible(name)
				p.fits(name)
			})
		}
		t.Run(lang+"/denied", func(t *testing.T) {
			t.Parallel()
			s := languageSetup().start(t)
			s.logout.Store(true)
			p := open(t, s.url()+"?lang="+lang)
			p.isAccessible("denied")
			p.fits("denied")
		})
		t.Run(lang+"/without JavaScript", func(t *testing.T) {
			t.Parallel()
			s := withoutScripts(languageSetup()).start(t)
			p := open(t, s.url()+"?lang="+lang)
			js[bool](p, showNoscript)
			p.until(`document.querySelector(".noscript").checkVisibility() && !document.querySelector(".tile").checkVisibility()`)
			p.isAccessible("without JavaScript")
			p.fits("without JavaScript")
		})
	}
}

// withoutScripts refuses the page its scripts. axe-core does not run in a tab that runs no scripts at all.
func withoutScripts(c setup) setup {
	c.router = func(page *pairweb.Handler) http.Handler {
		next := stdlib(page)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".js") {
				http.NotFound(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	return c
}

// showNoscript makes a tab look as it does without scripts.
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

// isAccessible checks the page as it is.
func (p *page) isAccessible(what string) {
	p.t.Helper()
	if !js[bool](p, "'axe' in window") {
		source, err := os.ReadFile(axe)
		require.NoError(p.t, err, "run internal/browsertest/setup.sh")
		js[bool](p, string(source)+"\n;true")
	}
	schemes := []string{"light", "dark"}
	if js[string](p, "document.documentElement.lang") != "en" { // a language has no colours of its own
		schemes = schemes[:1]
	}
	for _, scheme := range schemes {
		p.do(media("prefers-color-scheme", scheme))
		assert.Empty(p.t, resolved[[]string](p, violations), "%s, %s", what, scheme)
	}
}

// fits checks that the words of the page fit a large and a small screen.
func (p *page) fits(what string) {
	p.t.Helper()
	for _, width := range []int64{320, 1280} {
		p.do(chromedp.EmulateViewport(width, 800))
		assert.LessOrEqual(p.t, js[int64](p, "document.documentElement.scrollWidth"), width, "%s at %d px", what, width)
		assert.Empty(p.t, js[[]string](p, cut), "%s at %d px", what, width)
	}
}

// cut returns the elements whose words do not fit into them.
const cut = `[...document.querySelectorAll("h1, h2, p:not(.visually-hidden), li, a, button")]
	.filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
	.map((e) => e.outerHTML)`

func TestTextsOfTheScript(t *testing.T) {
	t.Parallel()
	s := languageSetup().start(t)
	p := open(t, s.url()+"?lang=id")
	p.sees("code")
	assert.Equal(t, "id", js[string](p, "document.documentElement.lang"))
	assert.Equal(t, "Pindai kode ini · Hubungkan WhatsApp · Toko Batik Sinar Jaya", js[string](p, "document.title"))
	assert.Equal(t, "Kode QR untuk WhatsApp", js[string](p, "document.images[0].alt"))
	s.cut()
	p.sees("offline")
	assert.Equal(t, "Menghubungkan kembali…", p.text("title"))
	assert.Equal(t, "Kode QR ini sudah kedaluwarsa", js[string](p, "document.images[0].alt"))
	s.down.Store(false)
	p.sees("code")
	s.logout.Store(true)
	s.server.CloseClientConnections()
	p.sees("failed")
	assert.Equal(t, "Anda tidak lagi memiliki akses", p.text("title"))
	p.clean()
}

func TestReturnLink(t *testing.T) {
	t.Parallel()
	s := languageSetup().start(t)
	p := open(t, s.url())
	p.sees("code")
	visible := `document.getElementById("return").checkVisibility()`
	assert.False(t, js[bool](p, visible))
	s.api.Scan(s.id)
	p.sees("connected")
	assert.True(t, js[bool](p, visible))
	p.do(chromedp.Click(chromedp.ID("return"), chromedp.NodeVisible))
	p.until(`location.pathname === "/elsewhere"`)
}

// A site that knows its visitors by the query finds it on every request.
func TestQueryIsKept(t *testing.T) {
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
	p.sees("code")
	s.api.Suspend(s.id)
	p.sees("failed")
	s.api.Disconnect(s.id)
	p.do(chromedp.Click(chromedp.ID("again"), chromedp.NodeVisible))
	p.sees("code")
	assert.Empty(t, p.complained())
}
