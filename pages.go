package whatspie

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// errIncomplete means that there are more pages of a list than could be read.
var errIncomplete = errors.New("the list is incomplete")

// mostPages bounds a list whose pages have no end.
const mostPages = 10_000

// pages leads from one page of a list to the next, should a server send it in pages.
type pages struct {
	base *url.URL
	// most is how many bytes the pages may have together, 0 if there is no bound.
	most int64
	// path is that of the page that is read, next that of the one behind it, empty after the last.
	path, next string
	// size is how many bytes the page that is read has, and before how many all before it have.
	size   int
	before int64
	seen   map[string]bool
}

func newPages(c *caller, from route) *pages {
	return &pages{base: c.transport.Base, path: from.path}
}

// advance goes to the next page; false after the last.
func (p *pages) advance() bool {
	if p.next == "" {
		return false
	}
	if p.seen == nil {
		p.seen = map[string]bool{p.path: true}
	}
	p.seen[p.next] = true
	p.before += int64(p.size)
	p.path, p.next = p.next, ""
	return true
}

// follow finds the next page in what stands beside this one.
func (p *pages) follow(around wire.Paging) error {
	var err error
	if p.next, err = p.after(around); err != nil {
		p.next = ""
		return fmt.Errorf("%w: %w", errIncomplete, err)
	}
	switch {
	case p.most > 0 && p.before+int64(p.size) > p.most:
		return transport.ErrTooLarge
	case p.seen[p.next]:
		return fmt.Errorf("%w: its next page was already read", errIncomplete)
	case len(p.seen) >= mostPages:
		return fmt.Errorf("%w: it has more than %d pages", errIncomplete, mostPages)
	default:
		return nil
	}
}

// after is the path of the next page, empty after the last.
func (p *pages) after(around wire.Paging) (string, error) {
	here, _, _ := strings.Cut(p.path, "?")
	current := cmp.Or(around.Current, int64(len(p.seen)), 1)
	switch {
	case around.Unreadable:
		return "", errors.New("the link to its next page cannot be read")
	case around.Next != "":
		return p.link(here, strings.TrimSpace(around.Next))
	case around.Last > current:
		return here + "?page=" + strconv.FormatInt(current+1, 10), nil
	default:
		return "", nil
	}
}

// link takes the query out of a link to the same place.
func (p *pages) link(here, next string) (string, error) {
	list, err := url.Parse(p.base.String() + here)
	if err != nil {
		return "", err
	}
	link, err := list.Parse(next)
	if err != nil || !transport.SameOrigin(list, link) || link.EscapedPath() != list.EscapedPath() {
		return "", errors.New("its next page is on another scheme, host or path")
	}
	path := here + "?" + link.RawQuery
	if transport.CheckPath(path) != nil {
		return "", errors.New("the link to its next page cannot be followed")
	}
	return path, nil
}
