package whatspietest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/whatspie-go/whatspie"
)

// perform returns the API's response, without faults.
func (s *Server) perform(c call) answer {
	scheme, token, _ := strings.Cut(c.authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || token != s.cfg.token {
		return failure(http.StatusUnauthorized, "Unauthorized", "")
	}
	if c.tooLarge {
		return failure(http.StatusRequestEntityTooLarge, "Request entity too large", "")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.route(c)
}

// route matches the escaped path: unlike a ServeMux it never redirects, and an escaped slash stays within its segment.
func (s *Server) route(c call) answer {
	segments := strings.Split(strings.TrimPrefix(c.Path, "/"), "/")
	if segments[0] != "devices" || slices.Contains(segments, "") {
		return notFound(c)
	}
	switch {
	case len(segments) == 1 && c.Method == http.MethodPost:
		return s.create(c)
	case len(segments) == 1:
		return read(c, "GET, POST", s.list)
	case len(segments) == 2:
		return read(c, "GET", func() answer { return s.get(unescape(segments[1])) })
	case len(segments) == 3 && segments[2] == "qr":
		return read(c, "GET", func() answer { return s.qr(c, unescape(segments[1])) })
	}
	return notFound(c)
}

func read(c call, allowed string, get func() answer) answer {
	if c.Method == http.MethodGet || c.Method == http.MethodHead {
		return get()
	}
	a := failure(http.StatusMethodNotAllowed, "Method not allowed", "")
	a.header.Set("Allow", allowed)
	return a
}

func notFound(c call) answer {
	return failure(http.StatusNotFound, "Not found", fmt.Sprintf("No route for %s %s", c.Method, c.Path))
}

func (s *Server) create(c call) answer {
	if media, _, err := mime.ParseMediaType(c.Header.Get("Content-Type")); err != nil || media != contentTypeJSON {
		return failure(http.StatusUnsupportedMediaType, "Unsupported media type", "Content-Type must be application/json")
	}
	var in struct {
		Package string `json:"package"`
		Name    string `json:"name"`
	}
	if err := json.Unmarshal(c.Body, &in); err != nil {
		return badRequest("The body must be a JSON object with package and name")
	}
	code := whatspie.PackageCode(in.Package)
	switch {
	case !slices.Contains(s.cfg.packages, code):
		return invalidPackage(in.Package)
	case strings.TrimSpace(in.Name) == "":
		return badRequest("The name field is required")
	case s.cfg.deviceLimit >= 0 && len(s.devices) >= s.cfg.deviceLimit:
		return failure(http.StatusForbidden, "Device limit exceeded", "Maximum number of devices reached for your plan")
	}
	return s.created(s.add(whatspie.Device{Name: in.Name, Package: whatspie.Package{Code: code}}))
}

func (s *Server) created(d *device) answer {
	device := s.wire(d.Device)
	switch s.cfg.createAnswer {
	case CreateAnswerID:
		return success(wireID{ID: d.ID})
	case CreateAnswerArray:
		return success([]wireDevice{device})
	case CreateAnswerBare:
		return jsonAnswer(http.StatusOK, device)
	case CreateAnswerNone:
		return success(nil)
	case CreateAnswerCreated:
		return jsonAnswer(http.StatusCreated, wireSuccess{Status: http.StatusCreated, Message: "Created", Data: device})
	case CreateAnswerDevice:
	}
	return success(device)
}

func (s *Server) list() answer {
	devices := make([]wireDevice, 0, len(s.devices))
	for _, d := range s.devices {
		d.settle(s.cfg.codes, now())
		devices = append(devices, s.wire(d.Device))
	}
	slices.SortFunc(devices, byID)
	return success(devices)
}

func (s *Server) get(ref string) answer {
	d := s.find(ref)
	if d == nil {
		return deviceNotFound(ref)
	}
	return success(s.wire(d.Device))
}

func (s *Server) qr(c call, ref string) answer {
	if c.Query.Get("response_type") != "url" {
		return badRequest("The response_type parameter must be url")
	}
	d := s.find(ref)
	switch {
	case d == nil:
		return deviceNotFound(ref)
	case d.PairedStatus == whatspie.PairedStatusPaired:
		return failure(http.StatusOK, "Device connected", "")
	case d.PairedStatus == whatspie.PairedStatusSuspended:
		return failure(http.StatusInternalServerError, "QR code generation failed", "")
	}
	if err := d.show(s.cfg.codes, now()); err != nil {
		return failure(http.StatusInternalServerError, "QR code generation failed", err.Error())
	}
	return success(wireQR{QR: d.code.uri})
}

// unescape decodes a path segment; a malformed one is returned unchanged.
func unescape(segment string) string {
	if s, err := url.PathUnescape(segment); err == nil {
		return s
	}
	return segment
}
