package secrets_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// qrLink is a link to a QR code.
const qrLink = "https://host/s3cr3t"

// secretBody returns an envelope with a secret in every field.
func secretBody(tb testing.TB) string {
	tb.Helper()
	token := strings.ReplaceAll(wiretest.Token, `"`, `\"`)
	return `{"code":500,"message":"bad ` + token + `","error":"cannot draw ` + wiretest.QRDataURI(tb) + `",` +
		`"data":{"qr":"` + qrLink + `"}}`
}

// secretHeader returns a response header with secrets.
func secretHeader(tb testing.TB) http.Header {
	tb.Helper()
	return http.Header{
		"X-Request-Id": {"r-" + wiretest.Token},
		"Cf-Ray":       {wiretest.QRDataURI(tb)},
		"X-Echo":       {wiretest.Token},
		"Set-Cookie":   {"s=s3cr3t"},
		"Location":     {"/codes/s3cr3t.png"},
	}
}

// qrReply returns a successful response to a QR call.
func qrReply(tb testing.TB) wiretest.Reply {
	tb.Helper()
	return wiretest.OK(`{"data":{"qr":"` + wiretest.QRDataURI(tb) + `"}}`)
}

// qrResponse returns what WithResponse stores for a QR call.
func qrResponse(t *testing.T) whatspie.Response {
	t.Helper()
	reply := qrReply(t)
	reply.Header = secretHeader(t)
	reply.Header["X-Request-Id"] = []string{wiretest.QRDataURI(t)}
	var response whatspie.Response
	_, err := wiretest.NewScript(reply).Client(t).Devices.QR(t.Context(), 7, whatspie.WithResponse(&response))
	require.NoError(t, err)
	return response
}

// secretReplies returns responses that repeat secrets, and failures whose errors do.
func secretReplies(t *testing.T) map[string]wiretest.Reply {
	t.Helper()
	image, header, body := wiretest.QRDataURI(t), secretHeader(t), secretBody(t)
	page := "<a href='" + qrLink + "'>" + wiretest.Token + "</a><img src=" + image + ">"
	dump := wiretest.TextError(
		"GET " + qrLink + " with map[Authorization:[Bearer " + wiretest.Token + "]] got " + image)
	urlWithToken := qrLink + "?token=" + url.QueryEscape(wiretest.Token)
	return map[string]wiretest.Reply{
		"401":               {Status: 401, Header: header, Body: body},
		"500":               {Status: 500, Header: header, Body: body},
		"200 with code 500": {Status: 200, Header: header, Body: body},
		"502 HTML":          {Status: 502, Header: header, Body: page},
		"200 HTML":          {Status: 200, Header: header, Body: "<p>" + wiretest.Token + image},
		"500 image":         {Status: 500, Header: header, Body: string(wiretest.QRPNG(t))},
		"redirect":          {Status: 302, Header: header, Body: body},
		"404 text":          {Status: 404, Header: header, Body: wiretest.Token},
		"partial token":     {Status: 403, Header: header, Body: "<p>" + wiretest.Token[:len(wiretest.Token)-3], Cut: true},
		"cut body":          {Status: 200, Header: header, Body: body[:len(body)/2], Cut: true},
		"timeout":           {Stall: true},
		"transport error":   wiretest.Fail(dump),
		"url.Error":         wiretest.Fail(&url.Error{Op: "Get", URL: urlWithToken, Err: dump}),
	}
}

// qrFailures returns the errors of QR calls that fail in different ways.
func qrFailures(t *testing.T, opts ...whatspie.Option) map[string]*whatspie.APIError {
	t.Helper()
	failures := map[string]*whatspie.APIError{}
	synctest.Test(t, func(t *testing.T) {
		for name, reply := range secretReplies(t) {
			failures[name] = qrFailure(t, reply, opts...)
		}
		with := func(opt whatspie.Option, reply wiretest.Reply) *whatspie.APIError {
			return qrFailure(t, reply, append(slices.Clip(opts), opt)...)
		}
		tooLarge := wiretest.Reply{Status: 403, Body: "<p>" + wiretest.Token}
		failures["too large"] = with(whatspie.WithMaxResponseBytes(int64(len(wiretest.Token))), tooLarge)
		limiter := wiretest.LimiterFunc(func(context.Context) error { return io.ErrShortWrite })
		failures["limiter"] = with(whatspie.WithLimiter(limiter), wiretest.OK("{}"))
		invalidToken := wiretest.TokensInOrder(wiretest.Token + "\n")
		failures["invalid token"] = with(whatspie.WithTokenSource(invalidToken), wiretest.OK("{}"))
		failures["token source"] = with(whatspie.WithTokenSource(expiringTokenSource()), wiretest.Reply{Status: 503})

		ctx, cancel := context.WithCancelCause(t.Context())
		canceling := wiretest.RoundTripFunc(func(*http.Request) (*http.Response, error) {
			cancel(wiretest.TextError("gave up with " + wiretest.Token))
			return nil, io.ErrUnexpectedEOF
		})
		_, err := wiretest.NewClient(t, append(opts, wiretest.WithTransport(canceling))...).Devices.QR(ctx, 7)
		failures["canceled"] = wiretest.APIError(t, err)

		client := wiretest.NewScript(qrReply(t)).Client(t, opts...)
		err = client.Call(t.Context(), http.MethodGet, "/devices/7/qr", nil, &struct{ QR time.Time }{})
		failures["decoding error that quotes"] = wiretest.APIError(t, err)
		err = client.Call(t.Context(), http.MethodGet, "/devices/../qr?t="+wiretest.Token, nil, nil)
		failures["invalid path"] = wiretest.APIError(t, err)
	})
	return failures
}

// qrFailure returns the error of a QR call.
func qrFailure(t *testing.T, reply wiretest.Reply, opts ...whatspie.Option) *whatspie.APIError {
	t.Helper()
	_, err := wiretest.NewScript(reply).Client(t, opts...).Devices.QR(t.Context(), 7)
	return wiretest.APIError(t, err)
}

// expiringTokenSource returns the token once, and then errors that contain it.
func expiringTokenSource() whatspie.TokenSource {
	calls := 0
	return func(context.Context) (string, error) {
		if calls++; calls == 1 {
			return wiretest.Token, nil
		}
		return "", wiretest.TextError("cannot renew " + wiretest.Token)
	}
}

// unconfirmedError returns the error of a creation that neither the response nor a list confirms.
func unconfirmedError(t *testing.T) *whatspie.UnconfirmedError {
	t.Helper()
	var unconfirmed *whatspie.UnconfirmedError
	synctest.Test(t, func(t *testing.T) {
		badGateway := wiretest.Reply{Status: http.StatusBadGateway, Header: secretHeader(t), Body: secretBody(t)}
		client := wiretest.NewScript(wiretest.OK(`{"data":[]}`), badGateway).Client(t, wiretest.NoWaits)
		_, err := client.Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
		require.ErrorAs(t, err, &unconfirmed)
	})
	return unconfirmed
}

// pairEvents returns events of every kind, of a pairing with failures, two codes and a scan.
func pairEvents(t *testing.T) []whatspie.PairEvent {
	t.Helper()
	var events []whatspie.PairEvent
	kinds := map[whatspie.PairEventKind]bool{}
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithToken(wiretest.Token))
		id := srv.AddDevice(whatspie.Device{Name: "n"})
		fail := func(times int) {
			srv.Inject(whatspietest.Fault{
				Path: "/devices/*/qr", Times: times,
				Status: http.StatusInternalServerError, Header: secretHeader(t), Body: secretBody(t),
			})
		}
		fail(5)
		time.AfterFunc(40*time.Second, func() { fail(6) })
		time.AfterFunc(70*time.Second, func() { srv.ExpireQR(id) })
		time.AfterFunc(100*time.Second, func() { srv.Scan(id) })
		for event, err := range srv.Client(wiretest.NoWaits).Devices.Pair(t.Context(), id) {
			require.NoError(t, err)
			if event.QR != nil { // replace the server's code by the one that the needles find
				code, err := whatspie.ParseQRCode(wiretest.QRDataURI(t))
				require.NoError(t, err)
				event.QR = code
			}
			events, kinds[event.Kind] = append(events, event), true
		}
	})
	require.Len(t, kinds, int(whatspie.PairPaired), "every kind of event")
	return events
}

// secretDrift returns the reported drift of a response whose field names are secrets.
func secretDrift(t *testing.T) []whatspie.Drift {
	t.Helper()
	token, err := json.Marshal(wiretest.Token)
	require.NoError(t, err)
	image := wiretest.QRDataURI(t)
	base64Part := strings.TrimPrefix(image, "data:image/png;base64,")[:60]
	body := `{"status":200,"data":{"id":7,` + string(token) + `:1,"` + image + `":2,"` + base64Part + `":3}}`
	var reported []whatspie.Drift
	handler := whatspie.WithDriftHandler(func(d whatspie.Drift) { reported = append(reported, d) })
	_, err = wiretest.NewScript(wiretest.OK(body)).Client(t, handler).Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	require.NotEmpty(t, reported)
	return reported
}
