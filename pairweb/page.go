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

var templates = template.Must(
	template.New("").Funcs(template.FuncMap{"emphasis": emphasis}).ParseFS(assets, "assets/*.html"))

// view is the data of the templates.
type view struct {
	Lang, Dir string
	Texts     Texts
	Title     string
	ReturnURL string

	base  string // URL of the page's files, relative to the page's URL in the browser
	query string // query of the page, with its question mark
}

func newView(lang string, texts Texts) view {
	return view{Lang: lang, Dir: direction(lang), Texts: texts}
}

// render executes a template. It panics only if the template has a bug.
func (v view) render(name string) []byte {
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, v); err != nil {
		panic("pairweb: " + err.Error())
	}
	return page.Bytes()
}

// File returns the URL of one of the page's files. It has the page's query, which the authorize function may need.
func (v view) File(name string) string { return v.base + name + v.query }

// ScriptTexts returns the texts that the script shows without an event, as JSON.
func (v view) ScriptTexts() (string, error) {
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

// relativeBase returns the base URL of the page's files and the page's query, both as the browser sees them. A redirect
// to a path with a final slash would make this simpler, but loops behind middleware that removes final slashes.
func relativeBase(r *http.Request) (base, query string) {
	requested, err := url.ParseRequestURI(r.RequestURI)
	if err != nil { // middleware may pass on a request that it created itself
		requested = r.URL
	}
	base = "./" // without it, a colon in the segment would end a scheme
	if _, segment := path.Split(requested.EscapedPath()); segment != "" {
		base += segment + "/"
	}
	if requested.RawQuery != "" {
		query = "?" + requested.RawQuery
	}
	return base, query
}

// safeURL returns the URL in a form that is safe in a link. It returns an empty string unless the URL is http or https
// with a host, or relative to the page. A URL that starts with two slashes looks like a path, but leads to another
// site.
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
		return strings.ReplaceAll(u.String(), ":", "%3A") // html/template would take a colon for the end of a scheme
	default:
		return ""
	}
}

// span is a part of a text.
type span struct {
	Text string
	Bold bool
}

// emphasis splits a text into spans. Text between two asterisks is bold.
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
