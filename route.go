package whatspie

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// route is the path of an endpoint, or the error if the arguments are invalid.
type route struct {
	path string
	err  error
}

func devicesRoute() route { return route{path: "/devices"} }

func createRoute(request CreateDeviceRequest) route {
	r := devicesRoute()
	switch {
	case strings.TrimSpace(string(request.Package)) == "":
		r.err = errors.New("the package code is blank")
	case strings.TrimSpace(request.Name) == "":
		r.err = errors.New("the name is blank")
	case !utf8.ValidString(string(request.Package)):
		r.err = errors.New("the package code is not valid UTF-8")
	case !utf8.ValidString(request.Name): // JSON would change it, and its device could not be identified
		r.err = errors.New("the name is not valid UTF-8")
	}
	return r
}

func deviceRoute(id int64, suffix string) route {
	r := route{path: "/devices/" + strconv.FormatInt(id, 10) + suffix}
	if id < 1 {
		r.err = fmt.Errorf("device ID %d is below 1", id)
	}
	return r
}
