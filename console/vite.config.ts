/**
 * How the console is built: one folder of static files, served by the API process from its own origin.
 * Nothing in the build may reach for another host at run time.
 */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    // One style sheet, loaded first: a page whose piece comes late, after an outage, is never shown without its styles.
    cssCodeSplit: false,
    // A data: URL would need a wider content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
});
