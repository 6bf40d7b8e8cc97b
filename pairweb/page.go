package pairweb

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"
)

const (
	pageFile   = "page.html"
	deniedFile = "denied.html"
)

var templates = template.Must(template.New("").Funcs(template.FuncMap{"emphasis": emphasis}).ParseFS(assets, "assets/*.html"))

// view is what the templates show.
type view struct {
	Lang, Dir string
	Texts     Texts
	Title     string // whose number this is
	ReturnURL string

	base  string // of the page's files, relative to the URL that the browser shows
	query string
}

func newView(lang string, texts Texts) view {
	return view{Lang: lang, Dir: direction(lang), Texts: texts}
}

// render panics only if a template of this package is broken.
func (v view) render(name string) []byte {
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, v); err != nil {
		panic("pairweb: " + err.Error())
	}
	return page.Bytes()
}

// File returns the URL of one of the page's files. It keeps the query, since the authorize function may need it.
func (v view) File(name string) string { return v.base + name + v.query }

// Script returns the texts that the script shows by itself, as JSON.
func (v view) Script() (string, error) {
	texts, err := json.Marshal(map[string]any{
		"waiting":      v.Texts.Waiting,
		"reconnecting": v.Texts.Reconnecting,
		"signedOut":    v.Texts.SignedOut,
		"code":         v.Texts.CodeAlt,
		"expired":      v.Texts.ExpiredCodeAlt,
		"broken":       v.Texts.BrokenCodeAlt,
	})
	return string(texts), err
}

// relativeBase returns where the page's files are and the page's query, both as the browser sees them. Redirecting to a
// path that ends in a slash instead would loop behind a middleware that removes such slashes.
func relativeBase(r *http.Request) (base, query string) {
	seen, err := url.ParseRequestURI(r.RequestURI)
	if err != nil { // a middleware may pass on a request that no server read
		seen = r.URL
	}
	base = "./" // the dot keeps a colon in the segment from ending a scheme
	if _, segment := path.Split(seen.EscapedPath()); segment != "" {
		base += segment + "/"
	}
	if seen.RawQuery != "" {
		query = "?" + seen.RawQuery
	}
	return base, query
}

// safeURL returns a URL that a link may have: http or https with a host, or one relative to the page. It is empty for
// every other, also for those that begin with two slashes: they look like a path and lead to another site.
func safeURL(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Opaque != "" {
		return ""
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
		return u.String()
	case "":
		if u.Host != "" || strings.HasPrefix(u.Path, "//") {
			return ""
		}
		if strings.HasPrefix(u.Path, "/") {
			return u.String()
		}
		return strings.ReplaceAll(u.String(), ":", "%3A") // html/template would take it for the end of a scheme
	default:
		return ""
	}
}

// span is a part of a text.
type span struct {
	Text string
	Bold bool
}

// emphasis splits a text at its asterisks: what stands between two of them is bold.
func emphasis(text string) []span {
	parts := strings.Split(text, "*")
	spans := make([]span, 0, len(parts))
	for i, part := range parts {
		if part != "" {
			spans = append(spans, span{part, i%2 == 1})
		}
	}
	return spans
}
