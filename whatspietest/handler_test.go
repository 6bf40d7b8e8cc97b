package whatspietest_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// mount returns a server whose handler is served under a prefix, behind middleware.
func mount(t *testing.T, middleware func(http.Handler) http.Handler) testServer {
	t.Helper()
	srv := withoutSocket(t)
	mux := http.NewServeMux()
	mux.Handle("/whatspie/", http.StripPrefix("/whatspie", srv.Handler()))
	host := httptest.NewServer(middleware(mux))
	t.Cleanup(host.Close)
	srv.baseURL = host.URL + "/whatspie"
	srv.http = host.Client()
	return srv
}

func identity(next http.Handler) http.Handler { return next }

// recoverer turns every panic into a response, even http.ErrAbortHandler, as some frameworks do.
func recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func TestHandler(t *testing.T) {
	t.Parallel()
	srv := mount(t, identity)
	client, err := whatspie.NewClient(srv.Token, whatspie.WithBaseURL(srv.baseURL), whatspie.WithHTTPClient(srv.http))
	require.NoError(t, err)
	created, err := client.Devices.Create(t.Context(), whatspie.CreateDeviceRequest{
		Package: whatspie.PackageStartup, Name: "Customer Service",
	})
	require.NoError(t, err)
	device, err := client.Devices.Get(t.Context(), created.ID)
	require.NoError(t, err)
	assert.Equal(t, "Customer Service", device.Name)
	assert.Equal(t, "/devices/1", srv.Requests()[1].Path, "the prefix is stripped")
}

func TestHandler_cutsConnection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault whatspietest.Fault
		body  string
		want  error
	}{
		{"drop", whatspietest.Fault{Drop: true}, "", io.EOF},
		{"lose", whatspietest.Fault{Lose: true}, "", io.EOF},
		{"truncate", whatspietest.Fault{Truncate: 10}, emptyList[:10], io.ErrUnexpectedEOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			middlewares := map[string]func(http.Handler) http.Handler{"none": identity, "recoverer": recoverer}
			for name, middleware := range middlewares {
				srv := mount(t, middleware)
				srv.send(t, http.MethodGet, "/devices", "")
				srv.Inject(test.fault)
				got, err := srv.try(srv.request(t, http.MethodGet, "/devices", ""))
				require.ErrorIs(t, err, test.want, name)
				assert.Equal(t, test.body, got.body, name)
				assert.Len(t, srv.Requests(), 2, "net/http does not repeat the request")
			}
		})
	}
}

func TestHandler_withoutHijacker(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	srv.Inject(whatspietest.Fault{Drop: true})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/devices", http.NoBody)
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { srv.Handler().ServeHTTP(httptest.NewRecorder(), r) })
}

func TestHandler_http2(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	host := httptest.NewUnstartedServer(srv.Handler())
	host.EnableHTTP2 = true
	host.StartTLS()
	t.Cleanup(host.Close)
	srv.baseURL, srv.http = host.URL, host.Client()
	assert.JSONEq(t, emptyList, srv.send(t, http.MethodGet, "/devices", "").body)
	srv.Inject(whatspietest.Fault{Method: http.MethodPost, Drop: true})
	_, err := srv.try(srv.request(t, http.MethodPost, "/devices", newDevice))
	require.Error(t, err)
}

func TestHandler_afterClose(t *testing.T) {
	t.Parallel()
	for name, closeFirst := range map[string]bool{"handler from before Close": false, "handler from after Close": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := withoutSocket(t)
			if closeFirst {
				srv.Close()
			}
			host := httptest.NewServer(srv.Handler())
			t.Cleanup(host.Close)
			srv.Close()
			srv.baseURL, srv.http = host.URL, host.Client()
			_, err := srv.try(srv.request(t, http.MethodGet, "/devices", ""))
			require.ErrorIs(t, err, io.EOF)
			assert.Empty(t, srv.Requests())
		})
	}
}

func TestHandler_inSynctestBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withoutSocket(t)
		srv.Inject(whatspietest.Fault{Delay: time.Hour, Status: http.StatusTeapot})
		began := time.Now()
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/devices", http.NoBody))
		assert.Equal(t, http.StatusTeapot, w.Code)
		assert.Equal(t, time.Hour, time.Since(began))
	})
}

func TestWithAddr(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", ":0", "0.0.0.0:0"} {
		srv := withSocket(t, whatspietest.WithAddr(addr))
		assert.True(t, strings.HasPrefix(srv.URL, "http://127.0.0.1:"), srv.URL)
		assert.JSONEq(t, emptyList, srv.send(t, http.MethodGet, "/devices", "").body)
		_, err := srv.Client().Devices.List(t.Context())
		require.NoError(t, err)
	}
}

func TestWithAddr_listensOnGivenPort(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := taken.Addr().String()
	assert.Panics(t, func() { whatspietest.NewServer(whatspietest.WithAddr(addr)) }, "the port is taken")
	require.NoError(t, taken.Close())
	srv := withSocket(t, whatspietest.WithAddr(addr))
	assert.Equal(t, "http://"+addr, srv.URL)
	assert.Panics(t, func() { whatspietest.WithAddr("") })
	assert.Equal(t, "http://127.0.0.1:0", withoutSocket(t, whatspietest.WithAddr(addr)).URL, "without a socket")
}
