"""A form and a template in the shapes that AI repositories use, and a filled-in issue."""

from __future__ import annotations

FORM = """\
name: Bug report
description: Something does not work
title: "[Bug]: "
labels: [bug, "needs triage"]
body:
  - type: markdown
    attributes: {value: "## Thank you"}
  - type: textarea
    id: env
    attributes:
      label: Your current environment
      description: |

        Paste the output of the command.
        More words.
      value: |
        <details>
        <summary>The output of <code>python env.py</code></summary>

        ```text
        Your output of `python env.py` here
        ```

        </details>
    validations: {required: true}
  - type: input
    attributes: {label: Python version, placeholder: "3.11"}
    validations: {required: true}
  - type: dropdown
    attributes:
      label: How did you install it?
      multiple: true
      options: [pip, conda, "source, main branch"]
    validations: {required: true}
  - type: textarea
    attributes: {label: Log output, render: shell}
  - type: checkboxes
    attributes:
      label: Before you submit
      options:
        - {label: "I searched for the same [issue](https://example.org)", required: true}
        - label: I would send a fix
"""

FILLED = """\
### Your current environment

Ubuntu 22.04, torch 2.4

### Python version

3.11.4

### How did you install it?

pip, source, main branch

### Log output

```shell
# Python version
### a comment in code
```

### Before you submit

- [x] I searched for the same [issue](https://example.org)
- [ ] I would send a fix
"""

TEMPLATE = """\
---
name: Report a bug
about: Help us
title: ''
labels: 'bug, triage'
---

<!-- Please search first. -->

**Describe the bug**
A clear and concise description of what the bug is.

**To Reproduce**
Steps to reproduce the behavior:
1. Go to '...'
2. See error

**Desktop (please complete the following information):**
 - OS: [e.g. iOS]

**Additional context**
Add any other context about the problem here.
"""
