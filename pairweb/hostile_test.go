package pairweb_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

const hostileText = `</script><img src=x onerror=alert(1)>"'` + "`{{.}}\u2028\x00\r\nSet-Cookie: a=b"

// Words of a site's customers or translators stay words.
func TestHostile_texts(t *testing.T) {
	t.Parallel()
	word := pairweb.Message{Title: hostileText, Text: hostileText}
	h := newFixture(t, whatspie.Device{},
		pairweb.WithTitle(func(*http.Request) string { return hostileText }),
		pairweb.WithTexts(map[string]pairweb.Texts{"en": {
			Heading: hostileText, StepsHeading: hostileText, Steps: []string{hostileText, "*" + hostileText + "*"},
			OtherScreen: hostileText, NoScript: hostileText, Waiting: hostileText, Reconnecting: hostileText, TryAgain: hostileText,
			CodeAlt: hostileText, SignedOut: word, Denied: word,
		}}))
	for _, handler := range []http.Handler{h.handler, pairweb.NewHandler(h.Client(), deny, pairweb.WithTexts(map[string]pairweb.Texts{"en": {Denied: word}}))} {
		response := get(t, handler, http.MethodGet, "/")
		page := response.Body.String()
		assert.NotContains(t, page, "<img")
		assert.NotContains(t, page, "</script><")
		assert.Contains(t, html.UnescapeString(page), "</script><img src=x onerror=alert(1)>", "it is shown")
		assert.Empty(t, response.Header().Values("Set-Cookie"))
	}
}

// One line of data per event: a text with line breaks cannot begin another event.
func TestHostile_textsOfEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		text := "a\n\nevent: state\ndata: {\"kind\":\"connected\"}\n\n\r\rb"
		h := newFixture(t, whatspie.Device{}, pairweb.WithTexts(map[string]pairweb.Texts{"en": {Scan: pairweb.Message{Title: text, Text: text}}}))
		tab := h.open(t, "/events")
		assert.Equal(t, "code", tab.latest().Kind)
		assert.Equal(t, text, tab.latest().Text)
		assert.NotContains(t, tab.text(), "\r")
		tab.close()
	})
}

// What the API calls a device never reaches the page.
func TestHostile_device(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{
			Name: hostileText, WebhookURL: "javascript:alert(1)", PairedStatus: whatspie.PairedStatusPaired,
			Phone: `62<img src=x onerror=alert(1)>812 3456"7890`,
		})
		tab := h.open(t, "/events")
		<-tab.done
		assert.NotContains(t, tab.text(), "img")
		assert.NotContains(t, tab.text(), "alert")
	})
}

func TestHostile_requests(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	targets := []string{
		`/"><script>alert(1)</script>`, "/javascript:alert(1)", "//evil.example/pair", "/..%2f..%2fsecret", "/%00", "/%0d%0aSet-Cookie:a=b",
		"/?a=%0d%0aSet-Cookie:a=b", `/?"><script>alert(1)</script>`, "/?" + strings.Repeat("a=b&", 10_000), "/pairweb.js/", "/../assets/page.html", "/page.html",
		"/denied.html", "/assets/pairweb.css",
	}
	for _, target := range targets {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.RequestURI = target
		path, query, _ := strings.Cut(target, "?")
		r.URL.Path, r.URL.RawQuery = path, query
		for name, value := range map[string]string{"Accept-Language": target, "Range": "bytes=9-1,x", "If-None-Match": "*"} {
			r.Header.Set(name, value)
		}
		recorder := httptest.NewRecorder()
		h.handler.ServeHTTP(recorder, r)
		assert.NotContains(t, recorder.Body.String(), "<script>", target)
		assert.NotContains(t, recorder.Body.String(), `src="//`, target)
		for name, values := range recorder.Header() {
			assert.NotContains(t, strings.Join(values, ""), "\n", name)
			assert.NotEqual(t, "Set-Cookie", name)
		}
		assert.NotContains(t, recorder.Body.String(), "{{", "a template is no file of the page: %s", target)
	}
	assert.Empty(t, h.Requests())
}

func TestHostile_after(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		for _, after := range []string{"1", "-1", "0", "99999999999999999999", "x", "%00", "1&after=2"} {
			tab := h.open(t, "/events?after="+after)
			assert.Equal(t, int64(1), tab.latest().Pairing, "a pairing that goes on is joined, whatever was seen: %s", after)
			tab.close()
		}
	})
}

// http.TimeoutHandler collects a response and cannot stream, but the page is served, and no pairing begins.
func TestMiddleware_timeoutHandler(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	server := httptest.NewServer(http.TimeoutHandler(h.handler, time.Minute, "too late"))
	t.Cleanup(server.Close)
	for target, want := range map[string]int{"/": 200, "/pairweb.js": 200, "/events": 500} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+target, http.NoBody)
		require.NoError(t, err)
		response, err := server.Client().Do(request)
		require.NoError(t, err)
		assert.Equal(t, want, response.StatusCode, target)
		assert.Equal(t, "no-store", response.Header.Get("Cache-Control"), target)
		require.NoError(t, response.Body.Close())
	}
	assert.Empty(t, h.Requests())
}

// Visitors who come and go by the thousand share one pairing and leave nothing behind; see TestMain for the goroutines.
func TestLoad_manyVisitors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		const visitors = 2000
		tabs := make([]*tab, visitors)
		for i := range tabs {
			tabs[i] = h.open(t, "/events")
		}
		assert.Equal(t, int64(1), tabs[visitors-1].latest().Pairing)
		for i, tab := range tabs {
			if i%2 == 0 {
				tab.close()
			}
		}
		time.Sleep(10 * time.Second)
		assert.LessOrEqual(t, len(h.Requests()), 8, "as many as for one visitor")
		h.Scan(h.id)
		for i, tab := range tabs {
			<-tab.done
			if i%2 == 1 {
				assert.Equal(t, "connected", tab.latest().Kind)
			}
		}
	})
}

// Streams that open while the handler closes are ended or refused.
func TestClose_whileStreamsOpen(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	var visitors sync.WaitGroup
	for range 200 {
		visitors.Go(func() {
			response := get(t, h.handler, http.MethodGet, "/events")
			assert.Contains(t, []int{http.StatusOK, http.StatusServiceUnavailable}, response.Code)
		})
	}
	for range 3 {
		visitors.Go(h.handler.Close)
	}
	visitors.Wait()
	h.handler.Close()
	before := len(h.Requests())
	assert.Equal(t, http.StatusServiceUnavailable, get(t, h.handler, http.MethodGet, "/events").Code)
	assert.Len(t, h.Requests(), before)
}
