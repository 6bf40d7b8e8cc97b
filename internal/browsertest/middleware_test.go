package browsertest_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/NYTimes/gziphandler"
	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/whatspie-go/whatspie/pairweb"
)

func chiRouter(page *pairweb.Handler) http.Handler {
	router := chi.NewRouter()
	router.Use(middleware.Recoverer, middleware.Compress(5, "text/*"), middleware.RedirectSlashes)
	router.Mount(mount, http.StripPrefix(mount, page))
	return router
}

func ginRouter(page *pairweb.Handler) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.Recovery())
	router.GET("/app/:id/*file", func(c *gin.Context) {
		c.Request.SetPathValue("id", c.Param("id"))
		page.ServeHTTP(c.Writer, c.Request)
	})
	return router
}

func echoRouter(page *pairweb.Handler) http.Handler {
	router := echo.New()
	router.Use(echomiddleware.Recover(), echomiddleware.Gzip())
	router.Any(mount+"/*", echo.WrapHandler(http.StripPrefix(mount, page)))
	return router
}

func scsRouter(page *pairweb.Handler) http.Handler {
	sessions := scs.New()
	next := stdlib(page)
	return sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "seen", r.URL.Path)
		next.ServeHTTP(w, r)
	}))
}

var routers = map[string]func(*pairweb.Handler) http.Handler{
	"chi":                 chiRouter,
	"gin":                 ginRouter,
	"echo":                echoRouter,
	"scs":                 scsRouter,
	"otelhttp":            func(page *pairweb.Handler) http.Handler { return otelhttp.NewHandler(stdlib(page), "pair") },
	"klauspost/compress":  func(page *pairweb.Handler) http.Handler { return gzhttp.GzipHandler(stdlib(page)) },
	"NYTimes/gziphandler": func(page *pairweb.Handler) http.Handler { return gziphandler.GzipHandler(stdlib(page)) },
}

// Each state must arrive immediately, even if the data is short, and headers added by the middleware are kept.
func TestMiddleware(t *testing.T) {
	t.Parallel()
	for name, router := range routers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup{router: router}.start(t)
			s.api.Inject(noCodeFault)
			events := listen(t, s.url()+"events")
			assert.Equal(t, "waiting", <-events.states)
			s.api.Scan(s.id)
			last := ""
			for state := range events.states {
				last = state
			}
			assert.Equal(t, "connected", last)
			assert.Equal(t, "text/event-stream; charset=utf-8", events.header.Get("Content-Type"))
			if name == "scs" {
				assert.Contains(t, events.header.Get("Set-Cookie"), "session=")
			}

			for _, target := range []string{"", "pairweb.js"} {
				response := request(t, s.url()+target)
				assert.Equal(t, http.StatusOK, response.StatusCode, target)
				require.NoError(t, response.Body.Close())
			}
		})
	}
}

func TestMiddleware_chiInBrowser(t *testing.T) {
	t.Parallel()
	s := setup{router: chiRouter}.start(t)
	p := open(t, s.url())
	p.waitForView("code")
	assert.Equal(t, mount, js[string](p, "location.pathname"), "RedirectSlashes removes the slash")
	assert.Equal(t, "gzip", awaited[string](p, `fetch(location.href).then((r) => r.headers.get("Content-Encoding"))`))
	s.api.Scan(s.id)
	p.waitForView("connected")
	p.assertCleanConsole()
}

// eventStream is the event stream of a page, without a browser.
type eventStream struct {
	header http.Header
	states <-chan string
}

func listen(t *testing.T, url string) *eventStream {
	t.Helper()
	response := request(t, url) //nolint:bodyclose // the goroutine below closes it
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, "text/event-stream; charset=utf-8", response.Header.Get("Content-Type"))
	states := make(chan string)
	go func() {
		defer close(states)
		defer func() { _ = response.Body.Close() }()
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			data, isData := strings.CutPrefix(lines.Text(), "data: ")
			var message struct {
				Kind string `json:"kind"`
			}
			if isData && assert.NoError(t, json.Unmarshal([]byte(data), &message)) && message.Kind != "" {
				states <- message.Kind
			}
		}
	}()
	return &eventStream{header: response.Header, states: states}
}

// request requests a page. The client accepts and decodes gzip.
func request(t *testing.T, url string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{ResponseHeaderTimeout: 10 * time.Second}}
	t.Cleanup(client.CloseIdleConnections)
	response, err := client.Do(request)
	require.NoError(t, err)
	return response
}
