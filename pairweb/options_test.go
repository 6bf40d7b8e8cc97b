package pairweb_test

import (
	"html"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

func TestWithTitle(t *testing.T) {
	t.Parallel()
	title := func(r *http.Request) string { return r.URL.Query().Get("name") }
	h := newFixture(t, whatspie.Device{}, pairweb.WithTitle(title))
	page := get(t, h.handler, http.MethodGet, "/?name=%3Cb%3EToko%26Co").Body.String()
	assert.Contains(t, page, "<title>Connect WhatsApp · &lt;b&gt;Toko&amp;Co</title>")
	assert.Contains(t, page, `id="owner" dir="auto">&lt;b&gt;Toko&amp;Co</p>`)

	page = get(t, h.handler, http.MethodGet, "/").Body.String()
	assert.Contains(t, page, "<title>Connect WhatsApp</title>")
	assert.NotContains(t, page, `id="owner"`)
}

func TestWithReturnURL(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"https://shop.example/devices?a=b&c=d": "https://shop.example/devices?a=b&c=d",
		"HTTP://shop.example":                  "http://shop.example",
		"/devices/7":                           "/devices/7",
		"/devices/7?at=12:30":                  "/devices/7?at=12:30",
		"../list":                              "../list",
		"list?at=12:30":                        "list?at=12%3A30",
		"?done=1":                              "?done=1",
		"/a\"><script>":                        "/a%22%3E%3Cscript%3E",
		"":                                     "",
		"javascript:alert(1)":                  "",
		"JavaScript:alert(1)":                  "",
		"java\nscript:alert(1)":                "",
		"javascript://x/%0aalert(1)":           "",
		"data:text/html,x":                     "",
		"ftp://files.example/":                 "",
		"https:alert(1)":                       "",
		"https:///path":                        "",
		"mailto:a@b.example":                   "",
		"%zz":                                  "",
		"//evil.example":                       "",
		"///evil.example":                      "",
		"/\t/evil.example":                     "",
		"\\\\evil.example":                     "%5C%5Cevil.example",
		"/\\evil.example":                      "/%5Cevil.example",
		"data:,x":                              "",
		"vbscript:x":                           "",
		"blob:https://shop.example/x":          "",
		"https://":                             "",
		"//":                                   "",
	}
	for given, want := range tests {
		h := newFixture(t, whatspie.Device{}, pairweb.WithReturnURL(func(*http.Request) string { return given }))
		page := html.UnescapeString(get(t, h.handler, http.MethodGet, "/").Body.String())
		if want == "" {
			assert.NotContains(t, page, `id="return"`, given)
			continue
		}
		assert.Contains(t, page, `id="return" href="`+want+`" hidden>Continue</a>`, given)
	}
}

func TestWithStyle(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{},
		pairweb.WithStyle(":root { --accent: #123456 }"), pairweb.WithStyle("h1 { color: red }"))
	assert.Regexp(t, `--accent: #157347;(?s:.*)\n:root \{ --accent: #123456 \}\nh1 \{ color: red \}$`,
		get(t, h.handler, http.MethodGet, "/pairweb.css").Body.String())

	other := newFixture(t, whatspie.Device{})
	assert.NotContains(t, get(t, other.handler, http.MethodGet, "/pairweb.css").Body.String(), "#123456")
}
