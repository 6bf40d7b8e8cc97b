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

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

const hostileText = `</script><img src=x onerror=alert(1)>"'` + "`{{.}}\u2028\x00\r\nSet-Cookie: a=b"

// HTML in titles and texts is shown literally.
func TestHostile_texts(t *testing.T) {
	t.Parallel()
	notice := pairweb.Notice{Title: hostileText, Text: hostileText}
	h := newFixture(t, whatspie.Device{},
		pairweb.WithTitle(func(*http.Request) string { return hostileText }),
		pairweb.WithTexts(map[string]pairweb.Texts{"en": {
			Heading: hostileText, StepsHeading: hostileText, Steps: []string{hostileText, "*" + hostileText + "*"},
			OtherScreen: hostileText, NoScript: hostileText, Waiting: hostileText, Reconnecting: hostileText,
			TryAgain: hostileText, CodeAlt: hostileText, SignedOut: notice, Denied: notice,
		}}))
	denied := pairweb.NewHandler(h.Client(), deny, pairweb.WithTexts(map[string]pairweb.Texts{"en": {Denied: notice}}))
	for _, handler := range []http.Handler{h.handler, denied} {
		response := get(t, handler, http.MethodGet, "/")
		page := response.Body.String()
		assert.NotContains(t, page, "<img")
		assert.NotContains(t, page, "</script><")
		assert.Contains(t, html.UnescapeString(page), "</script><img src=x onerror=alert(1)>", "the text is shown")
		assert.Empty(t, response.Header().Values("Set-Cookie"))
	}
}

// A text with line breaks cannot start another event, because the data of an event is one line.
func TestHostile_eventTexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		text := "a\n\nevent: state\ndata: {\"kind\":\"connected\"}\n\n\r\rb"
		scan := pairweb.Notice{Title: text, Text: text}
		h := newFixture(t, whatspie.Device{}, pairweb.WithTexts(map[string]pairweb.Texts{"en": {Scan: scan}}))
		tab := h.open(t, "/events")
		assert.Equal(t, "code", tab.latest().Kind)
		assert.Equal(t, text, tab.latest().Text)
		assert.NotContains(t, tab.text(), "\r")
		tab.close()
	})
}

// No field of the device but the digits of its phone number reaches the page.
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
		`/"><script>alert(1)</script>`, "/javascript:alert(1)", "//evil.example/pair", "/..%2f..%2fsecret", "/%00",
		"/%0d%0aSet-Cookie:a=b", "/?a=%0d%0aSet-Cookie:a=b", `/?"><script>alert(1)</script>`,
		"/?" + strings.Repeat("a=b&", 10_000), "/pairweb.js/", "/../assets/page.html", "/page.html", "/denied.html",
		"/assets/pairweb.css",
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
		assert.NotContains(t, recorder.Body.String(), "{{", "templates are not served: %s", target)
	}
	assert.Empty(t, h.Requests())
}

func TestHostile_afterParameter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		for _, after := range []string{"1", "-1", "0", "99999999999999999999", "x", "%00", "1&after=2"} {
			tab := h.open(t, "/events?after="+after)
			assert.Equal(t, int64(1), tab.latest().Pairing, "a pairing that has not ended is joined: %s", after)
			tab.close()
		}
	})
}

// Behind http.TimeoutHandler, which cannot stream, the page is served, but requests for events fail without a pairing.
func TestMiddleware_timeoutHandler(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	server := httptest.NewServer(http.TimeoutHandler(h.handler, time.Minute, "too late"))
	t.Cleanup(server.Close)
	for target, want := range map[string]int{"/": 200, "/pairweb.js": 200, "/events": 500} {
		status, header := fetch(t, server, target)
		assert.Equal(t, want, status, target)
		assert.Equal(t, "no-store", header.Get("Cache-Control"), target)
	}
	assert.Empty(t, h.Requests())
}

// Thousands of visitors share one pairing. TestMain checks that they leave no goroutines behind.
func TestPairing_manyVisitors(t *testing.T) {
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
		assert.LessOrEqual(t, len(h.Requests()), 8, "as many requests as for one visitor")
		h.Scan(h.id)
		for i, tab := range tabs {
			<-tab.done
			if i%2 == 1 {
				assert.Equal(t, "connected", tab.latest().Kind)
			}
		}
	})
}

// A stream that opens while the handler closes ends or fails with status 503.
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
