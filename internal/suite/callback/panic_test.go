package callback_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// A panic in a caller's code propagates unchanged, and leaves no lock held.
func TestPanic_propagates(t *testing.T) {
	t.Parallel()
	reason := errors.New("a panic")
	emptyList := wiretest.OK(`{"data":[]}`)
	for name, run := range map[string]func(*testing.T, func()){
		"token source": func(t *testing.T, callback func()) {
			t.Helper()
			source := whatspie.WithTokenSource(func(context.Context) (string, error) { callback(); return wiretest.Token, nil })
			_, err := wiretest.NewScript(emptyList).Client(t, source).Devices.List(t.Context())
			assert.NoError(t, err)
		},
		"limiter": func(t *testing.T, callback func()) {
			t.Helper()
			limiter := whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error { callback(); return nil }))
			_, err := wiretest.NewScript(emptyList).Client(t, limiter).Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
			assert.Error(t, err)
		},
		"transport": func(t *testing.T, callback func()) {
			t.Helper()
			transport := wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
				callback()
				return wiretest.NewScript(emptyList).RoundTrip(r)
			})
			_, err := wiretest.NewClient(t, wiretest.WithTransport(transport)).Devices.List(t.Context())
			assert.NoError(t, err)
		},
		"loop body of Pair": func(t *testing.T, callback func()) {
			t.Helper()
			code := wiretest.OK(`{"data":{"qr":"` + wiretest.QRDataURI(t) + `"}}`)
			for _, err := range wiretest.NewScript(code).Client(t).Devices.Pair(t.Context(), 7) {
				require.NoError(t, err)
				callback()
				break
			}
		},
		"loop body of Watch": func(t *testing.T, callback func()) {
			t.Helper()
			list := wiretest.OK(`{"data":[{"id":7}]}`)
			for _, err := range wiretest.NewScript(list).Client(t).Devices.Watch(t.Context()) {
				require.NoError(t, err)
				callback()
				break
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				assert.PanicsWithValue(t, reason, func() { run(t, func() { panic(reason) }) })
				run(t, func() {})
			})
		})
	}
}
