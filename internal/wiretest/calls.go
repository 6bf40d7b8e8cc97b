package wiretest

import (
	"context"
	"iter"
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// Drain ranges over the result of All and returns the IDs and the error. The error must be yielded last.
func Drain(t *testing.T, devices iter.Seq2[*whatspie.Device, error]) ([]int64, error) {
	t.Helper()
	ids, last := []int64{}, error(nil)
	for device, err := range devices {
		require.NoError(t, last, "nothing may be yielded after an error")
		if last = err; err != nil {
			assert.Nil(t, device)
			continue
		}
		ids = append(ids, device.ID)
	}
	return ids, last
}

// IDCalls returns every typed method that sends one request for a device.
func IDCalls(client *whatspie.Client, id int64) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Get": func(ctx context.Context) error { _, err := client.Devices.Get(ctx, id); return err },
		"QR":  func(ctx context.Context) error { _, err := client.Devices.QR(ctx, id); return err },
	}
}

// Calls returns every typed method that sends one request.
func Calls(client *whatspie.Client) map[string]func(context.Context) error {
	calls := map[string]func(context.Context) error{
		"Create": func(ctx context.Context) error { _, err := client.Devices.Create(ctx, NewDevice); return err },
		"List":   func(ctx context.Context) error { _, err := client.Devices.List(ctx); return err },
		"All": func(ctx context.Context) error {
			for _, err := range client.Devices.All(ctx) {
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	maps.Copy(calls, IDCalls(client, 7))
	return calls
}

// IsWrite reports whether a call of [Calls] sends a request that may change something.
func IsWrite(t *testing.T, name string) bool {
	t.Helper()
	script := NewScript(Reply{Status: http.StatusBadRequest})
	require.Error(t, Calls(script.Client(t))[name](t.Context()))
	require.Len(t, script.Requests(), 1)
	return script.Requests()[0].Method != http.MethodGet
}
