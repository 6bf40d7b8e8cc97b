package whatspietest_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestClient(t *testing.T) {
	t.Parallel()
	for mode, start := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			client := srv.Client()
			created, err := client.Devices.Create(t.Context(), whatspie.CreateDeviceRequest{
				Package: whatspie.PackageStartup, Name: "Customer Service",
			})
			require.NoError(t, err)
			want, _ := srv.Device(1)
			assert.Equal(t, &want, created)

			code, err := client.Devices.QR(t.Context(), 1)
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(code.DataURI(), "data:image/png;base64,"))
			require.True(t, srv.Scan(1))
			_, err = client.Devices.QR(t.Context(), 1)
			require.ErrorIs(t, err, whatspie.ErrDeviceConnected)

			devices, err := client.Devices.List(t.Context())
			require.NoError(t, err)
			require.Len(t, devices, 1)
			assert.True(t, devices[0].Paired())
			_, err = client.Devices.Get(t.Context(), 2)
			require.ErrorIs(t, err, whatspie.ErrDeviceNotFound)
		})
	}
}

func TestClient_optionsTakePrecedence(t *testing.T) {
	t.Parallel()
	for mode, start := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			client := srv.Client(
				whatspie.WithTokenSource(func(context.Context) (string, error) { return "stale", nil }),
				whatspie.WithUserAgent("custom/1"),
			)
			_, err := client.Devices.List(t.Context())
			require.ErrorIs(t, err, whatspie.ErrUnauthorized)
			assert.Equal(t, "custom/1", srv.Requests()[0].Header.Get("User-Agent"))
		})
	}
}

func TestClient_panicsOnInvalidOption(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	defer func() {
		assert.Contains(t, fmt.Sprint(recover()), "whatspietest: Client: ")
	}()
	srv.Client(whatspie.WithAttemptTimeout(-1))
}

func TestClient_inSynctestBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withoutSocket(t)
		srv.Inject(whatspietest.Fault{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"30"}}})
		srv.Inject(whatspietest.Fault{Delay: 5 * time.Second})
		began := time.Now()
		_, err := srv.Client().Devices.List(t.Context())
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(began), 35*time.Second)
		assert.Equal(t, began.UTC().Round(0), srv.Requests()[0].Time)
	})
}

func TestServer_String(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t).Server
	srv.AddDevice(whatspie.Device{Name: "Support"})
	_, err := srv.Client().Devices.List(t.Context())
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%s"} {
		assert.Equal(t, "whatspietest.Server{http://127.0.0.1:0, 1 devices}", fmt.Sprintf(verb, srv), verb)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	for mode, start := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			srv.Close()
			srv.Close()
			_, err := srv.try(srv.request(t, http.MethodGet, "/devices", ""))
			var refused *net.OpError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, "dial", refused.Op)
			require.ErrorIs(t, err, syscall.ECONNREFUSED)
			assert.Empty(t, srv.Requests())
		})
	}
}

func TestClose_cutsDelayedResponse(t *testing.T) {
	t.Parallel()
	srv := withSocket(t)
	srv.Inject(whatspietest.Fault{Delay: time.Hour})
	failed := make(chan error)
	r := srv.request(t, http.MethodGet, "/devices", "")
	go func() {
		_, err := srv.try(r)
		failed <- err
	}()
	require.Eventually(t, func() bool { return len(srv.Requests()) == 1 }, time.Minute, time.Millisecond)
	srv.Close()
	assert.ErrorIs(t, <-failed, io.EOF)
}

func TestFault_delayEndsWhenClientDisconnects(t *testing.T) {
	t.Parallel()
	srv := withSocket(t)
	srv.Inject(whatspietest.Fault{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := srv.try(srv.request(t, http.MethodPost, "/devices", newDevice).WithContext(ctx))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, created := srv.Device(1)
	assert.False(t, created)
}

func TestServer_ignoresIncompleteRequest(t *testing.T) {
	t.Parallel()
	srv := withSocket(t)
	address, err := url.Parse(srv.URL)
	require.NoError(t, err)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address.Host)
	require.NoError(t, err)
	_, err = io.WriteString(conn, "POST /devices HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
	require.NoError(t, err)
	tcp, ok := conn.(*net.TCPConn)
	require.True(t, ok)
	require.NoError(t, tcp.CloseWrite())
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Empty(t, got)
	require.NoError(t, conn.Close())
	assert.Empty(t, srv.Requests())
}

func TestServer_concurrentUse(t *testing.T) {
	t.Parallel()
	for mode, start := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					id := srv.AddDevice(whatspie.Device{})
					path := fmt.Sprintf("/devices/%d", id)
					srv.Inject(whatspietest.Fault{Path: path, Status: http.StatusTeapot})
					assert.Equal(t, http.StatusTeapot, srv.send(t, http.MethodGet, path, "").status)
					srv.send(t, http.MethodGet, path+qrQuery, "")
					payload, ok := srv.QRPayload(id)
					assert.True(t, ok)
					assert.True(t, srv.ScanCode(payload))
					assert.Contains(t, srv.send(t, http.MethodGet, path, "").body, `"PAIRED"`)
					srv.Suspend(id)
					srv.Requests()
					srv.RemoveDevice(id)
				})
			}
			wg.Wait()
			assert.Len(t, srv.Requests(), 24)
		})
	}
}
