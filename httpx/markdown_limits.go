package httpx

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
)

// Limits of a Markdown text. The parser cannot be interrupted, so everything that
// takes more than linear time or memory is counted over the whole text before it is
// parsed. Ordinary texts stay far below.
const (
	maxContainers = 32        // markers of quotes and lists at the beginning of a line
	maxIndent     = 128       // characters of white space before and between them
	maxInline     = 512 << 20 // bytes of a run times its marks, in all runs
	maxBrackets   = 32        // open brackets within each other
	maxAddresses  = 8000      // beginnings of addresses that become links by themselves
	maxEscapes    = 16 << 20  // escaped pipes times backticks
	maxDepth      = 100       // elements within each other
)

// Limits of a text of n bytes that grow with it, because the memory that is reserved
// does too.
func maxCells(n int) int        { return 2048 + n/3 } // of tables and their rows, with those that short rows lack
func maxOpenBlocks(n int) int   { return 4096 + n }   // lines times the deepest nesting
func maxCodeLines(n int) int    { return 1024 + n/2 } // lines of a run times its lengths of backticks, in all runs
func maxOpenings(n int) int     { return 256 + n/2 }  // opening brackets
func maxDestinations(n int) int { return 4096 + 2*n } // bytes of the addresses and titles of all links

// markdownMemory returns the number of bytes that rendering a text of n bytes within
// the limits allocates at most, with its page.
func markdownMemory(n int) int64 { return 4<<20 + 384*int64(n) }

// tagWeight is the number of marks that a tag with a quote is counted as: the end of
// its attribute is looked for with a regular expression.
const tagWeight = 64

// run is a number of lines that the parser may read as one paragraph or one table.
type run struct {
	bytes, lines int
	marks        int // of emphasis, links, code and tags
	columns      int // of the widest line that may be the second one of a table
	brackets     int // open ones
	ticks        map[int]bool
}

// cheapToParse reports whether a Markdown text is within the limits that can be
// counted before it is parsed.
func cheapToParse(text []byte) bool {
	var r run
	var lines, depth, inline, cells, codeLines int
	end := func() {
		inline += r.bytes * r.marks
		if r.columns > 0 {
			cells += (r.columns + 1) * r.lines
		}
		codeLines += r.lines * len(r.ticks)
		r = run{}
	}
	for line := range bytes.Lines(text) {
		p := prefixOf(line)
		if p.markers > maxContainers || p.spaces > maxIndent {
			return false
		}
		if startsRun(line) {
			end()
		}
		if !r.add(line) {
			return false
		}
		lines, depth = lines+1, max(depth, p.markers+p.columns/2)
	}
	end()
	n := len(text)
	return inline <= maxInline && cells <= maxCells(n) && codeLines <= maxCodeLines(n) && lines*depth <= maxOpenBlocks(n) &&
		countAddresses(text) <= maxAddresses && bytes.Count(text, []byte("[")) <= maxOpenings(n) && bytes.Count(text, []byte(`\|`))*bytes.Count(text, []byte("`")) <= maxEscapes
}

// add counts a line. It reports false if too many brackets are open.
func (r *run) add(line []byte) bool {
	r.bytes += len(line)
	r.lines++
	r.columns = max(r.columns, columnsOf(line))
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '*', '_', '~':
			r.marks++
		case '[':
			r.marks++
			r.brackets++
		case ']':
			r.marks++
			r.brackets = max(r.brackets-1, 0)
		case '<':
			r.marks += markOf(line[i+1:])
		case '`':
			length := len(line[i:]) - len(bytes.TrimLeft(line[i:], "`"))
			if r.ticks == nil {
				r.ticks = map[int]bool{}
			}
			if !r.ticks[length] { // the end of each length is looked for in vain once
				r.ticks[length] = true
				r.marks++
			}
			i += length - 1
		}
		if r.brackets > maxBrackets {
			return false
		}
	}
	return true
}

// columnsOf returns the number of columns of a line that may be the second one of a
// table, or 0.
func columnsOf(line []byte) int {
	if len(bytes.Trim(line, " \t\v\f\r\n>|:-")) > 0 {
		return 0
	}
	n := 0
	for column := range bytes.SplitSeq(line, []byte("|")) {
		if bytes.IndexByte(column, '-') >= 0 {
			n++
		}
	}
	return n
}

// markOf returns the number of marks that a "<" before rest is counted as.
func markOf(rest []byte) int {
	if end := bytes.IndexAny(rest, "<>"); end >= 0 {
		rest = rest[:end]
	} else {
		return tagWeight // it may go on in the next line
	}
	if bytes.ContainsAny(rest, `"'`) {
		return tagWeight
	}
	return 1
}

// startsRun reports whether nothing of a paragraph or a table before a line can go on
// in it: it is blank, or a heading or an item of a list that is not indented as code.
func startsRun(line []byte) bool {
	text := bytes.TrimLeft(line, " ")
	if len(bytes.Trim(line, " \t\r\n")) == 0 { // other white space is text
		return true
	}
	if len(line)-len(text) > 3 {
		return false
	}
	rest := bytes.TrimLeft(text, "#")
	if level := len(text) - len(rest); level == 0 && bytes.IndexByte([]byte("-*+"), text[0]) >= 0 {
		rest = text[1:]
	} else if level == 0 || level > 6 {
		return false
	}
	return len(rest) > 0 && rest[0] == ' ' && len(bytes.TrimSpace(rest)) > 0
}

// prefix is the white space and the markers of quotes and lists before the text of a
// line.
type prefix struct {
	markers int
	spaces  int // characters
	columns int // of the white space
}

func prefixOf(line []byte) prefix {
	var p prefix
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			p.spaces, p.columns = p.spaces+1, p.columns+1
		case '\t':
			p.spaces, p.columns = p.spaces+1, p.columns+4
		case '>':
			p.markers++
		default:
			length := listMarker(line[i:])
			if length == 0 {
				return p
			}
			p.markers++
			i += length - 1
		}
	}
	return p
}

// listMarker returns the length of the marker of a list at the beginning of text, or 0.
func listMarker(text []byte) int {
	rest := bytes.TrimLeft(text, "0123456789")
	ends := ".)"
	if len(rest) == len(text) {
		ends = "-*+"
	}
	if len(rest) == 0 || bytes.IndexByte([]byte(ends), rest[0]) < 0 {
		return 0
	}
	if len(rest) > 1 && bytes.IndexByte([]byte(" \t\r\n"), rest[1]) < 0 {
		return 0
	}
	return len(text) - len(rest) + 1
}

// countAddresses returns the number of places where an address may begin. Each is
// matched with a regular expression.
func countAddresses(text []byte) int {
	n := 0
	for _, start := range []string{"http:", "https:", "ftp:", "www."} {
		n += bytes.Count(text, []byte(start))
	}
	return n
}

// cheapToRender reports whether a parsed text of n bytes is within the limits of
// nesting and of what links repeat: each link to a definition has the address and
// the title of it.
func cheapToRender(document ast.Node, n int) bool {
	depth, destinations := 0, 0
	err := ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			depth--
			return ast.WalkContinue, nil
		}
		depth++
		switch link := node.(type) {
		case *ast.Link:
			destinations += len(link.Destination) + len(link.Title)
		case *ast.Image:
			destinations += len(link.Destination) + len(link.Title)
		}
		if depth > maxDepth || destinations > maxDestinations(n) {
			return ast.WalkStop, errTooExpensive
		}
		return ast.WalkContinue, nil
	})
	return err == nil
}
