package create_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// A device is returned if its name matches, and is a candidate unless its package differs.
func TestCreateConfirmed_identity(t *testing.T) {
	t.Parallel()
	const old = `{"id":1,"name":"Café Tom & Jerry's","package":{"code":"BETA"}}`
	tests := map[string]struct {
		listed     []string
		found      int64
		candidates []int64
	}{
		"name":                         {listed: []string{`{"id":2,"name":"Café Tom & Jerry's","package":{"code":"BETA"}}`}, found: 2},
		"name without package":         {listed: []string{`{"id":2,"name":"Café Tom & Jerry's"}`}, found: 2},
		"name, package in lower case":  {listed: []string{`{"id":2,"name":"Café Tom & Jerry's","package":{"code":"beta"}}`}, found: 2},
		"name, HTML":                   {listed: []string{`{"id":2,"name":"Caf&eacute; Tom &amp; Jerry&#039;s"}`}, found: 2},
		"name, white space":            {listed: []string{`{"id":2,"name":" Café  Tom &\tJerry's"}`}, found: 2},
		"name beside others":           {listed: []string{`{"id":2}`, `{"id":3,"name":"x"}`, `{"id":4,"name":"Café Tom & Jerry's"}`}, found: 4},
		"exact beside tidied":          {listed: []string{`{"id":2,"name":"Café Tom &amp; Jerry's"}`, `{"id":3,"name":"Café Tom & Jerry's"}`}, found: 3},
		"exact twice":                  {listed: []string{`{"id":2,"name":"Café Tom & Jerry's"}`, `{"id":3,"name":"Café Tom & Jerry's"}`}, candidates: []int64{2, 3}},
		"tidied twice":                 {listed: []string{`{"id":2,"name":"Café Tom &amp; Jerry's"}`, `{"id":3,"name":"Café Tom &  Jerry's"}`}, candidates: []int64{2, 3}},
		"no name":                      {listed: []string{`{"id":2}`}, candidates: []int64{2}},
		"no name, package":             {listed: []string{`{"id":2,"package":{"code":"BETA"}}`}, candidates: []int64{2}},
		"decomposed":                   {listed: []string{`{"id":2,"name":"Cafe\u0301 Tom & Jerry's"}`}, candidates: []int64{2}},
		"cut":                          {listed: []string{`{"id":2,"name":"Café Tom"}`}, candidates: []int64{2}},
		"slugged":                      {listed: []string{`{"id":2,"name":"cafe-tom-jerrys"}`}, candidates: []int64{2}},
		"another name":                 {listed: []string{`{"id":2,"name":"Support"}`}, candidates: []int64{2}},
		"another case":                 {listed: []string{`{"id":2,"name":"CAFÉ TOM & JERRY'S"}`}, candidates: []int64{2}},
		"name, another package":        {listed: []string{`{"id":2,"name":"Café Tom & Jerry's","package":{"code":"BUSINESS"}}`}},
		"no ID":                        {listed: []string{`{"name":"Café Tom & Jerry's"}`}},
		"none":                         {},
		"the old one without its name": {listed: []string{`{"id":1}`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(wiretest.ListOf(old), wiretest.Reply{Status: 502}, wiretest.ListOf(append(test.listed, old)...))
				wanted := whatspie.CreateDeviceRequest{Package: "BETA", Name: "Café Tom & Jerry's"}
				device, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wanted)
				if test.found != 0 {
					require.NoError(t, err)
					assert.Equal(t, test.found, device.ID)
					assert.True(t, strings.EqualFold("BETA", string(device.Package.Code)), "filled in from the request")
					return
				}
				assert.Nil(t, device)
				wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
				var unconfirmed *whatspie.UnconfirmedError
				require.ErrorAs(t, err, &unconfirmed)
				var ids []int64
				for _, candidate := range unconfirmed.Candidates {
					ids = append(ids, candidate.ID)
				}
				assert.Equal(t, test.candidates, ids)
				assert.Len(t, s.Requests(), 7, "two requests and five lists")
			})
		})
	}
}

// A device that one list showed and the next did not is still a candidate.
func TestCreateConfirmed_keeps_candidates_of_earlier_lists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.ListOf(), wiretest.Reply{Status: 502}, wiretest.ListOf(`{"id":2}`), wiretest.ListOf(`{"id":3}`), wiretest.ListOf(`{"id":2,"phone":"628"}`), wiretest.ListOf())
		_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
		var unconfirmed *whatspie.UnconfirmedError
		require.ErrorAs(t, err, &unconfirmed)
		assert.Equal(t, []whatspie.Device{{ID: 2, Phone: "628"}, {ID: 3}}, unconfirmed.Candidates)
	})
}

// Two processes create at the same time, and one request is lost.
func TestCreateConfirmed_never_returns_the_device_of_another_process(t *testing.T) {
	t.Parallel()
	for name, theirs := range map[string]string{
		"no names":     `{"id":2,"package":{"code":"BETA"}}`,
		"another name": `{"id":2,"name":"B","package":{"code":"BETA"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := wiretest.NewScript(wiretest.ListOf(), wiretest.Fail(wiretest.ErrReset()), wiretest.ListOf(theirs)).Client(t)
				device, err := a.Devices.CreateConfirmed(t.Context(), whatspie.CreateDeviceRequest{Package: "BETA", Name: "A"})
				assert.Nil(t, device)
				var unconfirmed *whatspie.UnconfirmedError
				require.ErrorAs(t, err, &unconfirmed)
				assert.Len(t, unconfirmed.Candidates, 1)
			})
		})
	}
}

// Without the list from before, an old device would look new.
func TestCreateConfirmed_creates_nothing_without_a_list(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]wiretest.Reply{
		"no data, a message": wiretest.OK(`{"status":200,"message":"Server is restarting"}`),
		"HTML":               wiretest.OK("<html>"),
		"cut":                {Status: 200, Body: `{"status":200,"data":[{"id":1}`, Cut: true},
		"503":                {Status: 503},
		"no response":        wiretest.Fail(wiretest.ErrReset()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(first)
				_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
				require.Error(t, err)
				require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
				for _, request := range s.Requests() {
					assert.Equal(t, http.MethodGet, request.Method)
				}
			})
		})
	}
}

// The error of a failed list must not suggest a retry.
func TestCreateConfirmed_when_no_list_succeeds(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]wiretest.Reply{
		"502": {Status: 502}, "401": {Status: 401, Body: `{"code":401,"message":"Unauthorized"}`}, "429": {Status: 429},
		"HTML": wiretest.OK("<html>"), "no response": wiretest.Fail(wiretest.ErrReset()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(wiretest.ListOf(), wiretest.Reply{Status: 504}, list)
				_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
				require.ErrorAs(t, err, new(*whatspie.UnconfirmedError))
				assert.Regexp(t, `^whatspie: outcome unknown, the devices could not be listed afterwards; POST /devices: outcome unknown: `+
					`504 Gateway Timeout \(1 attempt\); listing the devices: GET /devices: `, err.Error())
				assert.NotContains(t, err.Error(), "\n")
				wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
				assert.False(t, wiretest.APIError(t, err).Retryable())
				assert.Equal(t, 504, wiretest.APIError(t, err).StatusCode)
			})
		})
	}
}

// The context of an HTTP request ends when the browser disconnects.
func TestCreateConfirmed_when_the_context_ends_during_the_request(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		s := wiretest.NewScript(wiretest.ListOf(), wiretest.Reply{Stall: true}, wiretest.ListOf(`{"id":2,"name":"Sales desk"}`))
		_, err := s.Client(t).Devices.CreateConfirmed(ctx, wiretest.SalesDesk)
		require.ErrorIs(t, err, context.Canceled)
		wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
		assert.Contains(t, err.Error(), "the devices could not be listed afterwards")

		ctx, leave = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
		defer cancel()
		s = wiretest.NewScript(wiretest.ListOf(), wiretest.Reply{Stall: true}, wiretest.ListOf(`{"id":2,"name":"Sales desk"}`))
		device, err := s.Client(t).Devices.CreateConfirmed(detached, wiretest.SalesDesk)
		require.NoError(t, err)
		assert.Equal(t, int64(2), device.ID)
	})
}
