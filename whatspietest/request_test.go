package whatspietest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	for mode, start := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			assert.Empty(t, srv.Requests())
			srv.Inject(whatspietest.Fault{Method: http.MethodPost, Drop: true})
			before := time.Now().Round(0)
			_, err := srv.try(srv.request(t, http.MethodPost, "/devices", newDevice))
			require.Error(t, err)
			r := srv.request(t, http.MethodGet, "/devices/a%2Fb?x=1&x=2&y=", "")
			r.Header.Set("Proxy-Authorization", "Basic "+srv.Token)
			srv.do(t, r)

			got := srv.Requests()
			require.Len(t, got, 2)
			assert.Equal(t, http.MethodPost, got[0].Method)
			assert.Equal(t, "/devices", got[0].Path)
			assert.Empty(t, got[0].Query)
			assert.JSONEq(t, newDevice, string(got[0].Body))
			assert.Equal(t, "application/json", got[0].Header.Get("Content-Type"))
			assert.Equal(t, http.MethodGet, got[1].Method)
			assert.Equal(t, "/devices/a%2Fb", got[1].Path)
			assert.Equal(t, url.Values{"x": {"1", "2"}, "y": {""}}, got[1].Query)
			assert.Empty(t, got[1].Body)
			for _, request := range got {
				assert.WithinRange(t, request.Time, before, time.Now())
				assert.NotContains(t, request.Header, "Authorization")
				assert.NotContains(t, request.Header, "Proxy-Authorization")
			}
		})
	}
}

func TestRequests_areCopies(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	srv.send(t, http.MethodPost, "/devices?x=1", newDevice)
	first := srv.Requests()[0]
	first.Body[0] = 'X'
	first.Query.Set("x", "2")
	first.Header.Set("Content-Type", "text/plain")
	second := srv.Requests()[0]
	assert.JSONEq(t, newDevice, string(second.Body))
	assert.Equal(t, "1", second.Query.Get("x"))
	assert.Equal(t, "application/json", second.Header.Get("Content-Type"))
}

func TestRequests_bodyIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	for _, size := range []int{limit, limit + 1, limit + 1000} {
		srv := withoutSocket(t)
		srv.send(t, http.MethodPost, "/devices", strings.Repeat("x", size))
		assert.Len(t, srv.Requests()[0].Body, limit)
	}
}

func TestRequests_areBounded(t *testing.T) {
	t.Parallel()
	const kept, dropped = 10_000, 3
	srv := withoutSocket(t)
	for i := range kept + dropped {
		srv.send(t, http.MethodGet, fmt.Sprintf("/devices/%d", i), "")
	}
	got := srv.Requests()
	require.Len(t, got, kept)
	assert.Equal(t, "/devices/3", got[0].Path, "the oldest requests are dropped")
	assert.Equal(t, "/devices/10002", got[kept-1].Path)
}
