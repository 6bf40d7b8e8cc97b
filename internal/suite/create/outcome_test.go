package create_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestCreateAcceptsEveryShapeOfSuccess(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]wiretest.Reply{
		"a device":         {Status: 200, Body: `{"status":200,"message":"OK","data":{"id":7,"status":"ACTIVE"}}`},
		"just an ID":       {Status: 200, Body: `{"status":200,"message":"OK","data":{"id":7}}`},
		"an ID in words":   {Status: 200, Body: `{"status":"200","data":{"id":"7"}}`},
		"an array of one":  {Status: 200, Body: `{"status":200,"data":[{"id":7}]}`},
		"a bare device":    {Status: 200, Body: `{"id":7,"phone":null,"status":"ACTIVE"}`},
		"a bare array":     {Status: 200, Body: `[{"id":7}]`},
		"201":              {Status: 201, Body: `{"status":201,"message":"Created","data":{"id":7}}`},
		"201, bare":        {Status: 201, Body: `{"id":7}`},
		"202":              {Status: 202, Body: `{"data":{"id":7}}`},
		"with a QR code":   {Status: 200, Body: `{"data":{"id":7,"qr":"data:image/png;base64,AA==","status":"ACTIVE","phone":""}}`},
		"code for status":  {Status: 200, Body: `{"code":200,"message":"OK","data":{"id":7}}`},
		"null error":       {Status: 200, Body: `{"code":201,"error":null,"data":{"id":7}}`},
		"false for errors": {Status: 200, Body: `{"status":true,"error":false,"data":{"id":7}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(answer)
			device, err := s.Client(t).Devices.Create(t.Context(), wiretest.NewDevice)
			require.NoError(t, err)
			assert.Equal(t, int64(7), device.ID)
			assert.Len(t, s.Requests(), 1)
		})
	}
}

func TestCreateWithoutADeviceIsUnidentified(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]wiretest.Reply{
		"201 empty":          {Status: 201},
		"202 empty":          {Status: 202},
		"204":                {Status: 204},
		"status and message": {Status: 200, Body: `{"status":200,"message":"Device created"}`},
		"201 message":        {Status: 201, Body: `{"message":"Device created"}`},
		"words, no number":   {Status: 200, Body: `{"success":true,"message":"Device created"}`},
		"null":               {Status: 200, Body: `{"status":200,"data":null}`},
		"empty object":       {Status: 200, Body: `{"status":200,"data":{}}`},
		"empty list":         {Status: 200, Body: `{"status":201,"data":[]}`},
		"two":                {Status: 200, Body: `{"status":201,"data":[{"id":7},{"id":8}]}`},
		"ID zero":            {Status: 201, Body: `{"data":{"id":0}}`},
		"words":              {Status: 201, Body: `{"data":"created"}`},
		"just a QR code":     {Status: 200, Body: `{"status":200,"data":{"qr":"x","status":"UNPAIRED"}}`},
		"bare empty object":  {Status: 201, Body: `{}`},
		"bare empty list":    {Status: 201, Body: `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(answer)
			device, err := s.Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
			wiretest.AssertSentinels(t, err, whatspie.ErrDeviceUnidentified)
			assert.Nil(t, device)
			assert.Len(t, s.Requests(), 1, "a second request would make a second device")
			assert.False(t, wiretest.APIError(t, err).Retryable())
			assert.Equal(t, answer.Status, wiretest.APIError(t, err).StatusCode)
			assert.Contains(t, err.Error(), "device created, but not identified in the response")
			assert.NotContains(t, err.Error(), "outcome unknown")
		})
	}
}

func TestAmbiguousCreationsAreOutcomeUnknown(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]wiretest.Reply{
		"500":                     {Status: 500, Body: `{"code":500,"message":"x"}`},
		"502 HTML":                {Status: 502, Body: "<html>"},
		"503":                     {Status: 503},
		"504 and Retry-After":     {Status: 504, Header: http.Header{"Retry-After": {"1"}}},
		"408":                     {Status: 408},
		"502 with a 4xx inside":   {Status: 502, Body: `{"code":400}`},
		"500 with a 429 inside":   {Status: 500, Body: `{"code":429}`},
		"502 with a 429 inside":   {Status: 502, Body: `{"code":429}`},
		"408 with a 429 inside":   {Status: 408, Body: `{"code":429}`},
		"429 with a 500 inside":   {Status: 429, Body: `{"code":500}`},
		"500 in the body":         wiretest.OK(`{"code":500,"message":"x"}`),
		"reset":                   wiretest.Fail(wiretest.ErrReset()),
		"closed":                  wiretest.Fail(io.EOF),
		"timeout":                 {Stall: true},
		"200 HTML":                wiretest.OK("<html>login</html>"),
		"200 empty":               wiretest.OK(""),
		"200 truncated":           wiretest.OK(`{"status":200,"data":{"id":`),
		"200 message":             wiretest.OK(`{"message":"Unauthenticated."}`),
		"200 code":                wiretest.OK(`{"code":200,"message":"Account suspended"}`),
		"200 code of its own":     wiretest.OK(`{"code":1001,"message":"Unauthorized"}`),
		"200 cut":                 {Status: 200, Body: `{"status":200`, Cut: true},
		"201 HTML":                {Status: 201, Body: "<html>"},
		"200 too large":           wiretest.OK(`{"data":{"id":7},"x":"` + string(make([]byte, 300)) + `"}`),
		"302":                     wiretest.Redirect(302, "/devices"),
		"304":                     {Status: 304},
		"a Location like none":    wiretest.Redirect(302, "http://[::1"),
		"just words":              wiretest.OK(`"OK"`),
		"null":                    wiretest.OK(`null`),
		"201 and an error":        {Status: 201, Body: `{"status":201,"message":"Device created","error":"QR code generation failed"}`},
		"201 and a 4xx inside":    {Status: 201, Body: `{"code":403}`},
		"200 and an error":        wiretest.OK(`{"status":200,"data":null,"error":"no webhook"}`),
		"a device and an error":   wiretest.OK(`{"status":"error","message":"no QR","data":{"id":77}}`),
		"201 with a 429 inside":   {Status: 201, Body: `{"code":429,"data":{"id":7}}`},
		"303 with a 429 inside":   {Status: 303, Body: `{"code":429}`},
		"a device and a 429":      wiretest.OK(`{"code":429,"data":[{"id":7}]}`),
		"a device and a no":       wiretest.OK(`{"success":false,"id":7,"name":"x"}`),
		"a device within, a no":   wiretest.OK(`{"status":false,"data":{"device":{"id":7}}}`),
		"429 and a device":        {Status: 429, Body: `{"status":200,"data":{"id":7}}`},
		"429 and a bare device":   {Status: 429, Body: `{"id":7}`},
		"429 and a success":       {Status: 429, Body: `{"status":200,"message":"OK"}`},
		"400 and a device":        {Status: 400, Body: `{"data":[{"id":7}]}`},
		"200 and a 429":           wiretest.OK(`{"status":200,"status":429}`),
		"a 429 and two codes":     wiretest.OK(`{"code":200,"code":429}`),
		"a no and another device": wiretest.OK(`{"success":false,"device":{"id":7}}`),
		"yes and no":              wiretest.OK(`{"status":"success","success":false}`),
		"dial-like, but too late": wiretest.Fail(http.ErrServerClosed),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(answer, wiretest.OK(`{"data":{"id":8}}`))
				device, err := s.Client(t, whatspie.WithMaxResponseBytes(200)).Devices.Create(t.Context(), wiretest.NewDevice)
				wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
				assert.Nil(t, device)
				assert.Equal(t, answer.Status, wiretest.APIError(t, err).StatusCode)
				assert.Len(t, s.Requests(), 1, "never sent twice")
				assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
				assert.False(t, wiretest.APIError(t, err).Retryable())
				assert.Regexp(t, `^whatspie: POST /devices: outcome unknown: .+ \(1 attempt`, err.Error())
			})
		})
	}
}

// A caller's transport may trace a request without a connection, and then return a dial error.
func TestWrittenHeadersMayHaveArrived(t *testing.T) {
	t.Parallel()
	requests := 0
	own := wiretest.RoundTripFunc(func(request *http.Request) (*http.Response, error) {
		requests++
		trace := httptrace.ContextClientTrace(request.Context())
		trace.GetConn("")
		trace.WroteHeaders()
		return nil, wiretest.ErrRefused()
	})
	_, err := wiretest.NewClient(t, wiretest.NoWaits, wiretest.WithTransport(own)).Devices.Create(t.Context(), wiretest.NewDevice)
	wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
	assert.Equal(t, 1, requests)
}

func TestRefusedCreationsAreDefinite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer wiretest.Reply
		want   []error
	}{
		"400":             {wiretest.Reply{Status: 400, Body: wiretest.Fixture(t, "create_device_invalid_package_400.json")}, []error{whatspie.ErrInvalidPackage, whatspie.ErrBadRequest}},
		"401":             {wiretest.Reply{Status: 401, Body: wiretest.Fixture(t, "unauthorized_401.json")}, []error{whatspie.ErrUnauthorized}},
		"403":             {wiretest.Reply{Status: 403, Body: wiretest.Fixture(t, "create_device_limit_reached_403.json")}, []error{whatspie.ErrDeviceLimit, whatspie.ErrForbidden}},
		"403 HTML":        {wiretest.Reply{Status: 403, Body: "<html>"}, []error{whatspie.ErrForbidden}},
		"404":             {wiretest.Reply{Status: 404}, []error{whatspie.ErrNotFound}},
		"422":             {wiretest.Reply{Status: 422, Body: `{"message":"The name is taken.","errors":{}}`}, []error{whatspie.ErrBadRequest}},
		"422 cut":         {wiretest.Reply{Status: 422, Body: `{"mess`, Cut: true}, []error{whatspie.ErrBadRequest}},
		"400 in the body": {wiretest.OK(`{"code":400,"message":"Invalid package type"}`), []error{whatspie.ErrInvalidPackage, whatspie.ErrBadRequest}},
		"status false":    {wiretest.OK(`{"status":false}`), []error{whatspie.ErrUnexpectedResponse}},
		"status false and why": {
			wiretest.OK(`{"status":false,"errors":{"name":["taken"]}}`), []error{whatspie.ErrUnexpectedResponse},
		},
		"success false": {wiretest.OK(`{"success":false,"message":"no"}`), []error{whatspie.ErrUnexpectedResponse}},
		"success false beside 200": {
			wiretest.OK(`{"status":200,"success":false,"message":"Device limit exceeded"}`), []error{whatspie.ErrUnexpectedResponse},
		},
		"status error": {wiretest.OK(`{"status":"error"}`), []error{whatspie.ErrUnexpectedResponse}},
		"error prose":  {wiretest.OK(`{"error":"Unauthenticated"}`), []error{whatspie.ErrUnexpectedResponse}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(test.answer)
			device, err := s.Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
			wiretest.AssertSentinels(t, err, test.want...)
			assert.Nil(t, device)
			assert.Len(t, s.Requests(), 1)
			assert.False(t, wiretest.APIError(t, err).Retryable())
		})
	}
}

func TestCreationsThatCannotHaveArrivedAreSentAgain(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]wiretest.Reply{
		"refused dial":    wiretest.Fail(wiretest.ErrRefused()),
		"429":             {Status: 429, Body: "<html>"},
		"429 in the body": wiretest.OK(`{"code":429}`),
		"400, 429 inside": {Status: 400, Body: `{"code":429}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(failure, failure, failure, wiretest.OK(`{"data":{"id":7}}`))
			device, err := s.Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
			require.NoError(t, err)
			assert.Equal(t, int64(7), device.ID)

			s = wiretest.NewScript(failure)
			_, err = s.Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
			require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.True(t, wiretest.APIError(t, err).Retryable())
			assert.Len(t, s.Requests(), 4)
		})
	}
}

func TestACancelledCreation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, test := range map[string]struct {
			replies []wiretest.Reply
			unknown bool
		}{
			"under way":                       {[]wiretest.Reply{{Stall: true}}, true},
			"under way, after a refusal":      {[]wiretest.Reply{{Status: 429}, {Stall: true}}, true},
			"under way, after a refused dial": {[]wiretest.Reply{wiretest.Fail(wiretest.ErrRefused()), {Stall: true}}, true},
			"while it waits":                  {[]wiretest.Reply{wiretest.RateLimited("10")}, false},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, cancel)
			_, err := wiretest.NewScript(test.replies...).Client(t).Devices.Create(ctx, wiretest.NewDevice)
			require.ErrorIs(t, err, context.Canceled, name)
			if test.unknown {
				require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown, name)
				assert.Contains(t, err.Error(), "POST /devices: outcome unknown: context canceled")
			} else {
				require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown, name)
			}
		}
	})
}
