package whatspietest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/whatspie-go/whatspie"
)

const contentTypeJSON = "application/json"

// response is a response of the API, possibly truncated.
type response struct {
	status int
	header http.Header
	body   []byte

	// Set by truncate.
	sent          int // number of bytes of the body to send
	contentLength int
	truncated     bool
}

// truncate makes the connection end after n bytes of the body; 0 sends all of it, a negative n none.
func (r *response) truncate(n int) {
	r.sent, r.contentLength, r.truncated = len(r.body), len(r.body), n != 0
	if r.truncated {
		r.sent = min(max(n, 0), r.sent)
		r.contentLength = max(r.contentLength, r.sent+1)
	}
}

// bodyAllowed reports whether HTTP allows a body in this response.
func (r *response) bodyAllowed(method string) bool {
	return method != http.MethodHead && r.status != http.StatusNoContent && r.status != http.StatusNotModified
}

// The wire types are separate from the SDK's on purpose, so that a wrong JSON tag in the SDK fails against this server.
type (
	wireSuccess struct {
		Status  int    `json:"status"`
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}
	wireError struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Error   string `json:"error,omitempty"`
	}
	wireID struct {
		ID int64 `json:"id"`
	}
	wireQR struct {
		QR string `json:"qr"`
	}
	wireServer struct {
		Name   string `json:"name"`
		Status string `json:"status"`
	}
	wirePackage struct {
		Code string `json:"code"`
		Name string `json:"name"`
	}
	wireSubscription struct {
		QuoteAvailable string `json:"quote_available"`
		QuoteUsed      string `json:"quote_used"`
	}
	wireDevice struct {
		ID           int64            `json:"id"`
		Name         string           `json:"name,omitempty"`
		Phone        string           `json:"phone"`
		WebhookURL   string           `json:"webhook_url"`
		Status       string           `json:"status"`
		Version      string           `json:"version"`
		PairedStatus string           `json:"paired_status"`
		CreatedAt    string           `json:"created_at"`
		UpdatedAt    string           `json:"updated_at"`
		Server       wireServer       `json:"server"`
		Package      wirePackage      `json:"package"`
		Subscription wireSubscription `json:"subscription"`
	}
)

func (s *Server) wire(d whatspie.Device) wireDevice {
	if s.cfg.withoutNames {
		d.Name = ""
	}
	return wireDevice{
		ID:           d.ID,
		Name:         d.Name,
		Phone:        d.Phone,
		WebhookURL:   d.WebhookURL,
		Status:       string(d.Status),
		Version:      d.Version,
		PairedStatus: string(d.PairedStatus),
		CreatedAt:    d.CreatedAt.Format(time.RFC3339Nano),
		UpdatedAt:    d.UpdatedAt.Format(time.RFC3339Nano),
		Server:       wireServer{Name: d.Server.Name, Status: d.Server.Status},
		Package:      wirePackage{Code: string(d.Package.Code), Name: d.Package.Name},
		Subscription: wireSubscription{
			QuoteAvailable: strconv.FormatInt(d.Subscription.QuotaAvailable, 10),
			QuoteUsed:      strconv.FormatInt(d.Subscription.QuotaUsed, 10),
		},
	}
}

func success(data any) response {
	return jsonResponse(http.StatusOK, wireSuccess{Status: http.StatusOK, Message: "OK", Data: data})
}

// failure returns an error in the API's envelope. An empty detail is omitted.
func failure(code int, message, detail string) response {
	return jsonResponse(code, wireError{Code: code, Message: message, Error: detail})
}

func badRequest(detail string) response {
	return failure(http.StatusBadRequest, "Bad request", detail)
}

func invalidPackage(code string) response {
	if code == "" {
		return failure(http.StatusBadRequest, "Invalid package type", "")
	}
	return failure(http.StatusBadRequest, "Invalid package type", fmt.Sprintf("Package '%s' is not available", code))
}

func deviceNotFound(ref string) response {
	return failure(http.StatusNotFound, "Device not found", fmt.Sprintf("Device with ID %s does not exist", ref))
}

func jsonResponse(status int, v any) response {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		// The wire types contain only strings and numbers, so an error here is a bug of this package.
		status = http.StatusInternalServerError
		body.Reset()
		body.WriteString(strconv.Quote(err.Error()))
	}
	return response{
		status: status,
		header: http.Header{"Content-Type": {contentTypeJSON}},
		body:   bytes.TrimSpace(body.Bytes()),
	}
}

func contentType(body []byte) string {
	if json.Valid(body) {
		return contentTypeJSON
	}
	return http.DetectContentType(body)
}
