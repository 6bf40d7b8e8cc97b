package watch_test

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// Watch ends with 400, 403 and 404 in the envelope of the API, and with any 401. Everything else is an outage.
func TestWatch_endsIfRefused(t *testing.T) {
	t.Parallel()
	reply := func(status int, body string) whatspietest.Fault {
		return whatspietest.Fault{Status: status, Body: body}
	}
	notFound := `{"code":404,"message":"Device not found"}`
	tests := map[string]struct {
		fault whatspietest.Fault
		want  error // nil if the loop continues
	}{
		"401":               {reply(401, `{"code":401,"message":"Unauthorized"}`), whatspie.ErrUnauthorized},
		"401 HTML":          {reply(401, `<html>`), whatspie.ErrUnauthorized},
		"200 with code 403": {reply(200, `{"code":403,"message":"Forbidden"}`), whatspie.ErrForbidden},
		"400":               {reply(400, `{"code":400,"message":"Bad"}`), whatspie.ErrBadRequest},
		"404":               {reply(404, notFound), whatspie.ErrDeviceNotFound},
		"404 without code":  {reply(404, `{"message":"Device not found"}`), whatspie.ErrDeviceNotFound},
		"proxy's JSON 404":  {reply(404, `{"message":"no Route matched with those values"}`), nil},
		"proxy's JSON 403":  {reply(403, `{"error":"blocked"}`), nil},
		"405":               {reply(405, `{"code":405,"message":"Not allowed"}`), nil},
		"409":               {reply(409, `{"code":409,"message":"Busy"}`), nil},
		"422":               {reply(422, `{"code":422,"message":"Busy"}`), nil},
		"404 HTML":          {reply(404, `<html>`), nil},
		"404 text":          {reply(404, `404 page not found`), nil},
		"blank 404":         {reply(404, ` `), nil},
		"truncated 404":     {whatspietest.Fault{Status: 404, Body: notFound, Truncate: 10}, nil},
		"403 challenge":     {reply(403, `<html>Just a moment...`), nil},
		"400 HTML":          {reply(400, `<html>400 Bad Request`), nil},
		"421":               {reply(421, `Misdirected Request`), nil},
		"520":               {reply(520, `error code: 520`), nil},
		"maintenance page":  {reply(200, `<html>Back soon`), nil},
		"blank 200":         {reply(200, ` `), nil},
		"connection closed": {whatspietest.Fault{Drop: true}, nil},
		"500":               {reply(500, `{"code":500,"message":"Oops"}`), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.AddDevice(whatspie.Device{})
				test.fault.Path, test.fault.Times = "/devices", -1
				time.AfterFunc(time.Second, func() { srv.Inject(test.fault) })
				time.AfterFunc(11*time.Second, srv.ClearFaults)
				synced := 0
				var events []string
				var endErr error
				for event, err := range srv.Client().Devices.Watch(t.Context()) {
					if err != nil {
						endErr = err
						continue
					}
					events = append(events, wiretest.Describe(event))
					if event.Kind == whatspie.WatchSynced {
						synced++
					}
					if synced == 2 {
						break
					}
				}
				require.ErrorIs(t, endErr, test.want)
				if test.want != nil {
					assert.Equal(t, []string{"1 UNPAIRED", "synced"}, events)
					return
				}
				require.NoError(t, endErr)
				assert.Equal(t, []string{"1 UNPAIRED", "synced", "retry"}, events[:3])
				assert.Equal(t, "synced", events[len(events)-1])
			})
		})
	}
}

// No event follows the end of the context, even if some are queued.
func TestWatch_stopsWithContext(t *testing.T) {
	t.Parallel()
	err := wiretest.CancelAfterThree(t, func(ctx context.Context, client *whatspie.Client) iter.Seq2[whatspie.WatchEvent, error] {
		return client.Devices.Watch(ctx)
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.EqualError(t, err, "whatspie: GET /devices: context canceled")
}
